"""The figures as CSV and JSON, for reports and for the government's reporting system.

One row for each figure, kind of subject, window and day: the last closed day, and the ends of the
18 months before. An unknown value is an empty field (null in JSON). Days are local days.

    as_of           the day at whose end the figure stands
    subject_kind    person, enterprise, cooperative, household, agency, service, pooled
    figure          REG, VER1, VER2, VER, ACT, UNI_USED, PART; L4_…; T4p and T4 (numerator UNI_USED)
    window          at_day, rolling_365, months_12
    numerator       the count
    denominator     of everyone (of those who took part in T4; of all level-4 services in L4_…)
    percent         numerator of denominator, four decimals
    qualifier       "at most" for T4, whose denominator is incomplete
    denominator_on, denominator_source    date and source of the denominator
    synthetic       yes when the denominator is made up for a demonstration
"""

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.part import AdoptionPart
from idp.figures.board import Board, read_board
from idp.figures.denominators import Population, find_population
from idp.figures.ladder import SERVICE, Step
from idp.figures.rates import DENOMINATOR_OF, Rate, TargetRate
from idp.figures.sets import AT_DAY, ROLLING
from idp.web.db import transaction

COLUMNS = (
    "as_of",
    "subject_kind",
    "figure",
    "window",
    "numerator",
    "denominator",
    "percent",
    "qualifier",
    "denominator_on",
    "denominator_source",
    "synthetic",
)
_HEADERS = {"Cache-Control": "public, max-age=60"}

router = APIRouter()


@router.get("/adoption.csv")
def adoption_csv(request: Request) -> Response:
    """UTF-8 with a byte order mark: without it spreadsheets misread Vietnamese."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(_rows(request))
    headers = {**_HEADERS, "Content-Disposition": 'attachment; filename="adoption.csv"'}
    body = text.getvalue().encode("utf-8-sig")
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/adoption.json")
def adoption_json(request: Request) -> Response:
    """The same rows as a list of objects."""
    return JSONResponse(_rows(request), headers=_HEADERS)


def _rows(request: Request) -> list[dict[str, Any]]:
    target = AdoptionPart.of(request).target_percent
    with transaction(request) as db:
        board = read_board(db, target_percent=target)
    return list(export_rows(board)) if board else []


def export_rows(board: Board) -> Iterator[dict[str, Any]]:
    """The targets of the last closed day, then every figure of every day."""
    for name, rates in (("T4p", board.everyone), ("T4", board.participants)):
        for target in rates:
            yield _target_row(board.as_of, name, target)
    for day, values in sorted({**board.months, board.as_of: board.values}.items(), reverse=True):
        for (kind, figure, window), value in sorted(values.items()):
            population = _population(board, kind, day)
            everyone = population.value if population else None
            rate = Rate(
                value, values.get((SERVICE, Step.ALL, AT_DAY)) if kind == SERVICE else everyone
            )
            yield _row(day, (kind, figure, window), rate, population)


def _target_row(day: date, name: str, target: TargetRate) -> dict[str, Any]:
    row = _row(day, (target.subject_kind, name, ROLLING), target.rate, None)
    counted = target.populations
    return row | {
        "qualifier": "at most" if name == "T4" else None,
        "denominator_on": " + ".join(p.counted_on.isoformat() for p in counted) or None,
        "denominator_source": " + ".join(p.source for p in counted) or None,
        "synthetic": _synthetic(*counted),
    }


def _row(
    day: date, key: tuple[str, str, str], rate: Rate, population: Population | None
) -> dict[str, Any]:
    values = (
        day.isoformat(),
        *key,
        rate.numerator,
        rate.denominator,
        None if rate.percent is None else round(rate.percent, 4),
        None,
        population.counted_on.isoformat() if population else None,
        population.source if population else None,
        _synthetic(population) if population else None,
    )
    return dict(zip(COLUMNS, values, strict=True))


def _synthetic(*populations: Population) -> str | None:
    if not populations:
        return None
    return "yes" if any(population.is_synthetic for population in populations) else "no"


def _population(board: Board, kind: str, day: date) -> Population | None:
    denominator = DENOMINATOR_OF.get(kind)
    return find_population(board.populations, denominator, day) if denominator else None
