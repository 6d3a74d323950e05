"""The figures as CSV and JSON, for reports and for the government's reporting system.

One row for each figure, kind of subject, window and day: the last closed day, and the ends of the
18 months before. An unknown value is an empty field (null in JSON). Days are local days.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.files import Table, file_of
from idp.adoption.part import AdoptionPart
from idp.figures.board import Board, read_board
from idp.figures.closings import FigureKey
from idp.figures.denominators import Population, find_population
from idp.figures.ladder import SERVICE, Step
from idp.figures.rates import DENOMINATOR_OF, POOLED, Rate
from idp.figures.sets import AT_DAY, ROLLING, Figure
from idp.kit.db import read_one_instant
from idp.kit.shares import at_most, cut_down
from idp.kit.tables.written import KINDS
from idp.web.db import transaction
from idp.web.messages import N_
from idp.web.routes import Router

ALL_FIGURES = Table(
    "/adoption",
    N_("All figures and months"),
    {
        "as_of": N_("The day at whose end the figure stands"),
        "subject_kind": N_(
            "person, enterprise, cooperative, household, agency, service, or pooled"
        ),
        "figure": N_("REG, VER1, …, as the definitions call it; T4p and T4: UNI_USED of a whole"),
        "window": N_("at_day, rolling_365, months_12"),
        "numerator": N_("The count"),
        "denominator": N_("Of everyone; of those who took part in T4; of level-4 services in L4_…"),
        "percent": N_("Numerator of denominator, cut to four decimals; rounded up where at most"),
        "qualifier": N_("at most for T4, whose denominator is incomplete"),
        "denominator_on": N_("The day the denominator was counted on"),
        "denominator_source": N_("Where the denominator comes from"),
        "synthetic": N_("yes: the denominator is made up for a demonstration"),
        "revision": N_("The number of the revision that replaced it; 0 as first published"),
    },
)
COLUMNS = tuple(ALL_FIGURES.columns)
_DECIMALS = 4

router = Router()


def all_figures(request: Request) -> Response:
    """Every figure of the last closed day and of the ends of months."""
    return file_of(request, ALL_FIGURES, _rows(request))


for _kind in KINDS:
    router.add_api_route(f"{ALL_FIGURES.path}.{_kind}", all_figures, methods=["GET"])


def _rows(request: Request) -> list[dict[str, Any]]:
    with transaction(request) as db:
        read_one_instant(db)
        board = read_board(db, target=AdoptionPart.of(request).target)
    return list(export_rows(board)) if board else []


def export_rows(board: Board) -> Iterator[dict[str, Any]]:
    """The targets of the last closed day, then every figure of every day."""
    for name, qualifier, rates, parts in (
        ("T4p", None, board.everyone, (Figure.UNI_USED,)),
        ("T4", "at most", board.participants, (Figure.UNI_USED, Figure.PART)),
    ):
        for target in rates:
            key = FigureKey(board.as_of, target.subject_kind, name, ROLLING)
            kinds = (*DENOMINATOR_OF,) if target.subject_kind == POOLED else (target.subject_kind,)
            made_of = [FigureKey(board.as_of, k, p, ROLLING) for k in kinds for p in parts]
            yield _row(
                board,
                key,
                target.rate,
                target.populations,
                qualifier=qualifier,
                made_of=made_of,
            )
    for day, values in sorted({**board.months, board.as_of: board.values}.items(), reverse=True):
        for (kind, figure, window), value in sorted(values.items()):
            populations = _populations(board, kind, day)
            everyone = populations[0].value if populations else None
            if kind == SERVICE:
                everyone = values.get((SERVICE, Step.ALL, AT_DAY))
            yield _row(
                board, FigureKey(day, kind, figure, window), Rate(value, everyone), populations
            )


def _row(
    board: Board,
    key: FigureKey,
    rate: Rate,
    populations: Sequence[Population],
    *,
    qualifier: str | None = None,
    made_of: Sequence[FigureKey] = (),
) -> dict[str, Any]:
    is_synthetic = any(population.is_synthetic for population in populations)
    values = (
        key.day_on.isoformat(),
        *key[1:],
        rate.numerator,
        rate.denominator,
        _percent(rate.percent, is_bound=qualifier is not None),
        qualifier,
        " + ".join(population.counted_on.isoformat() for population in populations) or None,
        " + ".join(population.source for population in populations) or None,
        ("yes" if is_synthetic else "no") if populations else None,
        board.revision_of(made_of or (key,), populations),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _percent(percent: float | None, *, is_bound: bool) -> float | None:
    if percent is None:
        return None
    return float(at_most(percent, _DECIMALS) if is_bound else cut_down(percent, _DECIMALS))


def _populations(board: Board, kind: str, day: date) -> Sequence[Population]:
    """Everyone of that kind on the day; empty where nobody counted them."""
    denominator = DENOMINATOR_OF.get(kind)
    found = find_population(board.populations, denominator, day) if denominator else None
    return [found] if found else []
