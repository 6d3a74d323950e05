"""`/adoption`: are we at the target, and when? Of the last frozen month; national figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.chart import NARROW, WIDE, Bar, LineChart, Series, bar_end, draw_bar, draw_lines
from idp.adoption.part import AdoptionPart
from idp.adoption.show import show
from idp.figures.answer import Answer
from idp.figures.board import Board, read_board
from idp.figures.days import month_start
from idp.figures.rates import ENTERPRISE, TargetRate
from idp.figures.sets import PERSON
from idp.settings.people import Target
from idp.web.messages import N_
from idp.web.routes import Router

router = Router()

CHART_MONTHS = 12
LINES = ((PERSON, N_("People")), (ENTERPRISE, N_("Businesses")))
FEWEST_MONTHS = 12
"""Months with 12 whole months behind them, below which it is too early to say when."""


@dataclass(frozen=True)
class AnswerPage:
    """The first page. `board` is None as long as no day was closed, `answer` no month."""

    target: Target
    board: Board | None
    answer: Answer | None
    bars: Mapping[str, Bar]
    """Of persons and of enterprises, on one scale."""
    charts: tuple[LineChart | None, ...]
    whole_months: int
    """How many months have 12 whole months behind them, so that they say how it goes on."""
    provisional: TargetRate | None = None
    """Persons, over the 365 days to the last closed day."""
    fewest_months: int = FEWEST_MONTHS


@router.get("/adoption")
def adoption(request: Request) -> Response:
    """The answer of the last frozen month, and the way to all else."""
    return show(request, "adoption/answer.html", _page)


def _page(db: Session, part: AdoptionPart) -> AnswerPage:
    board = read_board(db, target=part.target)
    found = board.answer if board else None
    if board is None or found is None:
        return AnswerPage(part.target, board, found, {}, (), 0)
    percents = [rate.rate.percent for rate in found.kinds]
    end = bar_end(percents, target_percent=part.target.percent)
    return AnswerPage(
        target=part.target,
        board=board,
        answer=found,
        bars={
            rate.subject_kind: draw_bar(
                rate.rate.percent, target_percent=part.target.percent, end=end
            )
            for rate in found.kinds
        },
        charts=tuple(_chart(board, width) for width in (WIDE, NARROW)),
        whole_months=sum(_is_whole(board, day) for day in board.months),
        provisional=board.everyone[0],
    )


def _is_whole(board: Board, month_end: date) -> bool:
    return month_start(month_end, months_before=11) >= board.first_day


def _chart(board: Board, width: int) -> LineChart | None:
    """The last twelve frozen months of both kinds."""
    points = {kind: found[-CHART_MONTHS:] for kind, found in board.points.items()}
    return draw_lines(
        [point.month_end for point in points[PERSON]],
        [Series(name, [point.uni_used.percent for point in points[kind]]) for kind, name in LINES],
        target=board.target.percent,
        width=width,
    )
