"""`/adoption`: are we at the target, and when? Public, national figures only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.chart import Bar, Chart, draw_bar, draw_chart
from idp.adoption.forecasts import Forecast, forecast_of
from idp.adoption.part import AdoptionPart
from idp.figures.board import Board, read_board
from idp.figures.definitions import COMMON_RULES, DEFINITIONS, NAMES, Definition
from idp.figures.ladder import SERVICE, Step
from idp.figures.outlook import read_outlooks
from idp.figures.rates import ENTERPRISE, Rate, Values
from idp.figures.sentences import due_sentences
from idp.figures.sets import AT_DAY, MONTHS, PERSON, ROLLING, Figure
from idp.figures.targets import UNIFIED, statements
from idp.figures.today import TodaySoFar, count_today
from idp.kit.db import read_one_instant
from idp.organizations.models import OrganizationKind
from idp.settings.people import Target
from idp.web.db import transaction
from idp.web.messages import N_, Message
from idp.web.routes import Router
from idp.web.templates import render

router = Router()

PERSON_FIGURES = (Figure.REG, Figure.VER1, Figure.VER2, Figure.ACT, Figure.UNI_USED, Figure.PART)
ORGANIZATION_FIGURES = (Figure.REG, Figure.VER, Figure.ACT, Figure.UNI_USED, Figure.PART)
LADDER = (
    (Step.DECLARED, N_("Declared by the agency")),
    (Step.CONFIGURED, N_("Configured, with a minimum identity level")),
    (Step.TESTED, N_("Tested")),
    (Step.IN_USE, N_("In use during the last 365 days")),
    (Step.EXCLUSIVE, N_("In use, as the only sign-in")),
)
KINDS = (
    (OrganizationKind.COOPERATIVE, N_("Cooperatives")),
    (OrganizationKind.HOUSEHOLD, N_("Business households")),
    (OrganizationKind.AGENCY, N_("Agencies and public bodies")),
)


@dataclass(frozen=True)
class FigureRow:
    """One figure: as of the last closed day, as of the last whole month, and its share."""

    figure: str
    name: str
    rate: Rate
    at_month: int | None


@dataclass(frozen=True)
class KindRow:
    """A kind of organization that stands in no denominator."""

    name: str
    registered: int | None
    uni_used: int | None


@dataclass(frozen=True)
class LadderRow:
    """A rung, with its share of all level-4 services."""

    name: str
    rate: Rate
    bar: Bar


@dataclass(frozen=True)
class ClosedPage:
    """What is shown of closed days."""

    board: Board
    bar: Bar
    charts: tuple[tuple[str, Chart | None], ...]
    """Of persons and of enterprises, by subject kind."""
    last_month: date | None
    persons: tuple[FigureRow, ...]
    organizations: tuple[FigureRow, ...]
    kinds: tuple[KindRow, ...]
    services: int | None
    ladder: tuple[LadderRow, ...]
    forecasts: tuple[Forecast, ...]
    lateness: tuple[Message, ...]


@dataclass(frozen=True)
class AdoptionPage:
    """The page. `closed` is None as long as no day was closed."""

    target: Target
    today: TodaySoFar
    today_rates: Mapping[str, Rate]
    """UNI-used of everyone at this moment, by subject kind."""
    closed: ClosedPage | None
    definitions: tuple[Definition, ...] = DEFINITIONS
    common_rules: tuple[str, ...] = COMMON_RULES


@router.get("/adoption")
def adoption(request: Request) -> Response:
    """The figures, today's live beside those of closed days; so a browser must ask each time."""
    part = AdoptionPart.of(request)
    with transaction(request) as db:
        read_one_instant(db)
        board = read_board(db, target=part.target)
        today = count_today(db.connection(), rules=part.rules)
        page = AdoptionPage(
            target=part.target,
            today=today,
            today_rates=_today_rates(today, board),
            closed=_closed_page(board, _outlooks(db, board, part)) if board else None,
        )
        return render(
            request, "adoption/adoption.html", page, headers={"Cache-Control": "no-cache"}
        )


def _today_rates(today: TodaySoFar, board: Board | None) -> Mapping[str, Rate]:
    everyone = {r.subject_kind: r.rate.denominator for r in board.everyone} if board else {}
    return {
        kind: Rate(today.values[kind, Figure.UNI_USED], everyone.get(kind))
        for kind in (PERSON, ENTERPRISE)
    }


def _outlooks(db: Session, board: Board, part: AdoptionPart) -> tuple[Forecast, ...]:
    outlooks = read_outlooks(
        db, board.populations, target=part.target, catch_up_on=part.catch_up_on
    )
    return tuple(
        forecast_of(each, target=part.target, catch_up_on=part.catch_up_on) for each in outlooks
    )


def _closed_page(board: Board, forecasts: tuple[Forecast, ...]) -> ClosedPage:
    top = board.headline
    services = board.values.get((SERVICE, Step.ALL, AT_DAY))
    return ClosedPage(
        board=board,
        bar=draw_bar(top.rate.percent if top else None, target_percent=board.target.percent),
        charts=tuple(
            (kind, draw_chart(points, target_percent=board.target.percent))
            for kind, points in board.points.items()
        ),
        last_month=max(board.months, default=None),
        persons=tuple(_figure_row(board, PERSON, figure) for figure in PERSON_FIGURES),
        organizations=tuple(
            _figure_row(board, ENTERPRISE, figure) for figure in ORGANIZATION_FIGURES
        ),
        kinds=tuple(
            KindRow(
                name,
                registered=_value(board.values, kind, Figure.REG, AT_DAY),
                uni_used=_value(board.values, kind, Figure.UNI_USED, ROLLING),
            )
            for kind, name in KINDS
        ),
        services=services,
        ladder=tuple(
            _ladder_row(name, Rate(board.values.get((SERVICE, step, AT_DAY)), services))
            for step, name in LADDER
        ),
        forecasts=forecasts,
        lateness=tuple(
            due_sentences(statements()[UNIFIED], as_of=max(board.months, default=board.as_of))
        ),
    )


def _figure_row(board: Board, kind: str, figure: Figure) -> FigureRow:
    everyone = {row.subject_kind: row.rate.denominator for row in board.everyone}
    month = board.months.get(max(board.months)) if board.months else None
    return FigureRow(
        figure=figure,
        name=NAMES[figure],
        rate=Rate(_value(board.values, kind, figure, ROLLING), everyone[kind]),
        at_month=_value(month, kind, figure, MONTHS) if month else None,
    )


def _ladder_row(name: str, rate: Rate) -> LadderRow:
    return LadderRow(name=name, rate=rate, bar=draw_bar(rate.percent, target_percent=100))


def _value(values: Values, kind: str, figure: str, window: str) -> int | None:
    """The figure over the window, or the state when it is one."""
    return values.get((kind, figure, window), values.get((kind, figure, AT_DAY)))
