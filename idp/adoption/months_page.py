"""`/adoption/months`: how people and enterprises got here, month by month."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.chart import NARROW, WIDE, LineChart, Series, draw_lines
from idp.adoption.forecasts import Forecast, forecast_of
from idp.adoption.part import AdoptionPart
from idp.adoption.show import show
from idp.figures.board import Board, read_board
from idp.figures.outlook import read_outlooks
from idp.settings.people import Target
from idp.web.messages import N_
from idp.web.routes import Router

router = Router()


@dataclass(frozen=True)
class MonthsPage:
    """The page; `charts` of persons and of enterprises, for a wide page and a narrow one."""

    target: Target
    board: Board | None
    charts: Mapping[str, tuple[LineChart | None, ...]]
    forecasts: tuple[Forecast, ...]


@router.get("/adoption/months")
def months(request: Request) -> Response:
    """The months as charts, each with its table."""
    return show(request, "adoption/months.html", _page)


def _page(db: Session, part: AdoptionPart) -> MonthsPage:
    board = read_board(db, target=part.target)
    kinds = board.points if board else {}
    return MonthsPage(
        target=part.target,
        board=board,
        charts={
            kind: tuple(
                draw_lines(
                    [point.month_end for point in points],
                    [
                        Series(N_("Unified use"), [p.uni_used.percent for p in points]),
                        Series(N_("Registered"), [p.registered.percent for p in points]),
                    ],
                    target=part.target.percent,
                    width=width,
                )
                for width in (WIDE, NARROW)
            )
            for kind, points in kinds.items()
        },
        forecasts=_forecasts(db, part) if board else (),
    )


def _forecasts(db: Session, part: AdoptionPart) -> tuple[Forecast, ...]:
    by = part.catch_up_on
    outlooks = read_outlooks(db, target=part.target, catch_up_on=by)
    return tuple(forecast_of(each, target=part.target, catch_up_on=by) for each in outlooks)
