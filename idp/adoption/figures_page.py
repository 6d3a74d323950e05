"""`/adoption/figures`: every figure of the last closed day, against everyone and the target."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.businesses_data import KINDS
from idp.adoption.chart import Bar, draw_bar
from idp.adoption.part import AdoptionPart
from idp.adoption.revised import RevisedMonth, read_revised
from idp.adoption.show import show
from idp.figures.board import Board, read_board
from idp.figures.definitions import NAMES
from idp.figures.frozen import FrozenMonth
from idp.figures.ladder import RUNGS, SERVICE, Step
from idp.figures.rates import DENOMINATOR_OF, ENTERPRISE, Rate, Values
from idp.figures.sets import AT_DAY, MONTHS, PERSON, ROLLING, Figure
from idp.figures.slices import national, read_month
from idp.kit.immutable import immutable
from idp.settings.people import Target
from idp.web.routes import Router

router = Router()

PERSON_FIGURES = (Figure.REG, Figure.VER1, Figure.VER2, Figure.ACT, Figure.UNI_USED, Figure.PART)
ORGANIZATION_FIGURES = (Figure.REG, Figure.VER, Figure.ACT, Figure.UNI_USED, Figure.PART)
LADDER = tuple((step, name) for step, name in RUNGS.items() if step is not Step.ALL)


@immutable
class FigureRow:
    """One figure: as of the last closed day, as of the last whole month, and its share."""

    figure: str
    name: str
    rate: Rate
    at_month: int | None


@immutable
class KindRow:
    """A kind of organization that stands in no denominator."""

    name: str
    registered: int | None
    uni_used: int | None


@immutable
class LadderRow:
    """A rung, with its share of all level-4 services."""

    name: str
    rate: Rate
    bar: Bar


@immutable
class Closed:
    """What is shown of closed days."""

    board: Board
    last_month: date | None
    persons: tuple[FigureRow, ...]
    organizations: tuple[FigureRow, ...]
    kinds: tuple[KindRow, ...]
    services: int | None
    ladder: tuple[LadderRow, ...]


@immutable
class FiguresPage:
    """The page. `closed` is None as long as no day was closed."""

    target: Target
    closed: Closed | None
    revised: Sequence[RevisedMonth]

    @property
    def has_stars(self) -> bool:
        """Whether a count of the revised months is not told."""
        return any(each.before.is_suppressed or each.now.is_suppressed for each in self.revised)


@router.get("/adoption/figures")
def figures(request: Request) -> Response:
    """The figures of the last closed day, the ladder of services, and what was revised."""
    return show(request, "adoption/figures.html", _page)


def _page(db: Session, part: AdoptionPart) -> FiguresPage:
    board = read_board(db, target=part.target)
    month = read_month(db, None)
    frozen = national(db, month) if month else {}
    return FiguresPage(
        target=part.target,
        closed=_closed(board, month, frozen) if board else None,
        revised=read_revised(db),
    )


def _closed(board: Board, month: FrozenMonth | None, frozen: Values) -> Closed:
    services = board.values.get((SERVICE, Step.ALL, AT_DAY))
    return Closed(
        board=board,
        last_month=month.month_on if month else None,
        persons=tuple(_figure_row(board, frozen, PERSON, figure) for figure in PERSON_FIGURES),
        organizations=tuple(
            _figure_row(board, frozen, ENTERPRISE, figure) for figure in ORGANIZATION_FIGURES
        ),
        kinds=tuple(
            KindRow(
                name,
                registered=_value(board.values, kind, Figure.REG, AT_DAY),
                uni_used=_value(board.values, kind, Figure.UNI_USED, ROLLING),
            )
            for kind, name in KINDS.items()
            if kind not in DENOMINATOR_OF
        ),
        services=services,
        ladder=tuple(
            _ladder_row(name, Rate(board.values.get((SERVICE, step, AT_DAY)), services))
            for step, name in LADDER
        ),
    )


def _figure_row(board: Board, frozen: Values, kind: str, figure: Figure) -> FigureRow:
    everyone = {row.subject_kind: row.rate.denominator for row in board.everyone}
    return FigureRow(
        figure=figure,
        name=NAMES[figure],
        rate=Rate(_value(board.values, kind, figure, ROLLING), everyone[kind]),
        at_month=(_value(frozen, kind, figure, MONTHS) or 0) if frozen else None,
    )


def _ladder_row(name: str, rate: Rate) -> LadderRow:
    return LadderRow(name=name, rate=rate, bar=draw_bar(rate.percent, target_percent=100, end=100))


def _value(values: Values, kind: str, figure: str, window: str) -> int | None:
    """The figure over the window, or the state when it is one."""
    return values.get((kind, figure, window), values.get((kind, figure, AT_DAY)))
