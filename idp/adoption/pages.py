"""`/adoption`: are we at the target, and when? Of the last frozen month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.actions_data import Told, read_told
from idp.adoption.chart import Bar, LineChart, Series, bar_end, draw_bar, draw_lines
from idp.adoption.country_map import Picture, draw_tiles
from idp.adoption.filters import Filters, choose
from idp.adoption.forecasts import Forecast, forecast_of
from idp.adoption.part import AdoptionPart
from idp.adoption.places_data import Places, read_places
from idp.adoption.shades import BOUNDS, SHADES, Shade
from idp.adoption.show import show
from idp.adoption.why import Why, why_of
from idp.figures.answer import Answer, answer
from idp.figures.board import Board, read_board
from idp.figures.forecast import Expected
from idp.figures.frozen import FrozenMonth
from idp.figures.outlook import Outlook, read_outlooks
from idp.figures.rates import ENTERPRISE, Rate, TargetRate
from idp.figures.sentences import due_sentences
from idp.figures.sets import AT_DAY, MONTHS, PERSON, Figure
from idp.figures.slices import funnel, national, series
from idp.figures.targets import UNIFIED, statements
from idp.settings.people import Target
from idp.web.messages import N_, Message
from idp.web.routes import Router

router = Router()

CHART_HEIGHT = 150
"""Pixels, so that the four answers stand on one screen."""
FORESEEN_MONTHS = 6
"""How far the chart draws what is to come; sentences say more."""
LINES = ((PERSON, N_("People")), (ENTERPRISE, N_("Businesses")))


@dataclass(frozen=True)
class AnswerPage:
    """The first page. `board` is None as long as no day was closed, `answer` no month."""

    target: Target
    board: Board | None = None
    answer: Answer | None = None
    bars: Mapping[str, Bar] | None = None
    """Of persons and of enterprises, on one scale."""
    charts: tuple[LineChart | None, ...] = ()
    """The last twelve months; for a wide page, as a narrow one has them a page further on."""
    forecasts: tuple[Forecast, ...] = ()
    lateness: tuple[Message, ...] = ()
    provisional: TargetRate | None = None
    """Persons, over the 365 days to the last closed day."""
    places: Places | None = None
    tiles: Picture | None = None
    why: Why | None = None
    action: Told | None = None
    """The one that brings most."""
    shades: tuple[Shade, ...] = SHADES
    bounds: tuple[int, ...] = BOUNDS


@router.get("/adoption")
def adoption(request: Request) -> Response:
    """The answer of the last frozen month, and the way to all else."""
    return show(request, "adoption/answer.html", _page)


def _page(db: Session, part: AdoptionPart) -> AnswerPage:
    target = part.target
    board, chosen = read_board(db, target=target), choose(db, Filters())
    if board is None or chosen is None:
        return AnswerPage(target, board)
    month = chosen.month
    places = read_places(db, chosen, target=target)
    found = answer(national(db, month), board.populations, month=month, target=target)
    outlooks = read_outlooks(db, target=target, catch_up_on=part.catch_up_on)
    told = read_told(db, month)
    return AnswerPage(
        target=target,
        board=board,
        answer=found,
        bars=_bars(found),
        charts=(_chart(db, chosen.up_to, outlooks, target),),
        forecasts=tuple(
            forecast_of(each, target=target, catch_up_on=part.catch_up_on) for each in outlooks
        ),
        lateness=tuple(due_sentences(statements()[UNIFIED], as_of=month.month_on)),
        provisional=board.everyone[0],
        places=places,
        tiles=draw_tiles(places.drawn, chosen.places_on),
        why=why_of(funnel(db, month), target=target),
        action=next(iter(told.told(told.actions.best[:1])), None) if told else None,
    )


def _bars(found: Answer) -> dict[str, Bar]:
    target = found.target.percent
    end = bar_end([rate.rate.percent for rate in found.kinds], target_percent=target)
    return {
        rate.subject_kind: draw_bar(rate.rate.percent, target_percent=target, end=end)
        for rate in found.kinds
    }


def _chart(
    db: Session, months: Sequence[FrozenMonth], outlooks: Sequence[Outlook], target: Target
) -> LineChart | None:
    """Both kinds in these months, and the band of what is foreseen for people."""
    people = next(each for each in outlooks if each.subject_kind == PERSON)
    ahead = people.answer.path[:FORESEEN_MONTHS] if isinstance(people.answer, Expected) else ()
    everyone = people.months[-1].denominator if people.months else 1
    foreseen = [(100 * each.low / everyone, 100 * each.high / everyone) for each in ahead]
    lines = [Series(name, _percents(db, months, kind)) for kind, name in LINES]
    last = lines[0].percents[-1]
    today = [(last, last) if foreseen and last is not None else None]
    return draw_lines(
        [*(month.month_on for month in months), *(each.month_on for each in ahead)],
        lines,
        target=target.percent,
        band=[*(None for _ in months[1:]), *today, *foreseen],
        height=CHART_HEIGHT,
    )


def _percents(db: Session, months: Sequence[FrozenMonth], kind: str) -> list[float | None]:
    used = series(db, months, (kind, Figure.UNI_USED, MONTHS))
    everyone = series(db, months, (kind, "POP", AT_DAY))
    return [Rate(n, whole).percent for n, whole in zip(used, everyone, strict=True)]
