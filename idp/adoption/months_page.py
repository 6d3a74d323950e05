"""`/adoption/months`: how people and enterprises got here, month by month."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.chart import NARROW, WIDE, LineChart, Series, draw_lines
from idp.adoption.forecasts import Forecast, forecast_of
from idp.adoption.part import AdoptionPart
from idp.adoption.show import show
from idp.figures.board import CHART_MONTHS
from idp.figures.frozen import FrozenMonth
from idp.figures.outlook import read_outlooks
from idp.figures.rates import DENOMINATOR_OF, Rate
from idp.figures.sets import AT_DAY, MONTHS, Figure
from idp.figures.slices import list_months, series
from idp.kit.immutable import immutable
from idp.settings.people import Target
from idp.web.messages import N_
from idp.web.routes import Router

router = Router()


@immutable
class MonthPoint:
    """One frozen month: shares of everyone of a kind."""

    month_on: date
    registered: Rate
    uni_used: Rate


@immutable
class MonthsPage:
    """The page; `charts` of persons and of enterprises, for a wide page and a narrow one."""

    target: Target
    points: Mapping[str, Sequence[MonthPoint]]
    charts: Mapping[str, tuple[LineChart | None, ...]]
    forecasts: tuple[Forecast, ...]


@router.get("/adoption/months")
def months(request: Request) -> Response:
    """The frozen months as charts, each with its table."""
    return show(request, "adoption/months.html", _page)


def _page(db: Session, part: AdoptionPart) -> MonthsPage:
    shown = list_months(db)[-CHART_MONTHS:]
    points = {kind: _points(db, shown, kind) for kind in DENOMINATOR_OF} if shown else {}
    return MonthsPage(
        target=part.target,
        points=points,
        charts={
            kind: tuple(_chart(line, part.target, width) for width in (WIDE, NARROW))
            for kind, line in points.items()
        },
        forecasts=_forecasts(db, part) if shown else (),
    )


def _points(db: Session, shown: Sequence[FrozenMonth], kind: str) -> list[MonthPoint]:
    figures = ((Figure.REG, AT_DAY), (Figure.UNI_USED, MONTHS), ("POP", AT_DAY))
    counts = (series(db, shown, (kind, figure, window)) for figure, window in figures)
    return [
        MonthPoint(month.month_on, Rate(registered, whole or None), Rate(used, whole or None))
        for month, registered, used, whole in zip(shown, *counts, strict=True)
    ]


def _chart(points: Sequence[MonthPoint], target: Target, width: int) -> LineChart | None:
    return draw_lines(
        [point.month_on for point in points],
        [
            Series(N_("Unified use"), [point.uni_used.percent for point in points]),
            Series(N_("Registered"), [point.registered.percent for point in points]),
        ],
        target=target.percent,
        width=width,
    )


def _forecasts(db: Session, part: AdoptionPart) -> tuple[Forecast, ...]:
    by = part.catch_up_on
    outlooks = read_outlooks(db, target=part.target, catch_up_on=by)
    return tuple(forecast_of(each, target=part.target, catch_up_on=by) for each in outlooks)
