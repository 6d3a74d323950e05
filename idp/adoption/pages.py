"""`/adoption`: are we at the target, and when? Of the last frozen month."""

from collections.abc import Mapping

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.actions_data import Told, read_told
from idp.adoption.answer_charts import bars_of, chart_of
from idp.adoption.chart import Bar, LineChart
from idp.adoption.country_map import Picture, draw_tiles
from idp.adoption.filters import Chosen, Filters, choose
from idp.adoption.forecasts import Forecast, forecast_of
from idp.adoption.nation import Since, read_nation, since_of
from idp.adoption.part import AdoptionPart
from idp.adoption.places_data import Places, read_places
from idp.adoption.shades import BOUNDS, SHADES, Shade
from idp.adoption.show import show
from idp.adoption.why import Why, why_of
from idp.figures.answer import Answer, answer
from idp.figures.board import Board, read_board
from idp.figures.outlook import read_outlooks
from idp.figures.rates import TargetRate
from idp.figures.sentences import due_sentences
from idp.figures.slices import funnel, national
from idp.figures.targets import UNIFIED, statements
from idp.kit.immutable import immutable
from idp.settings.people import Target
from idp.web.messages import Message
from idp.web.routes import Router

router = Router()


@immutable
class AnswerPage:
    """The first page. `board` is None as long as no day was closed, `answer` no month."""

    target: Target
    board: Board | None = None
    answer: Answer | None = None
    since: Since | None = None
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
        since=_since(db, chosen, target),
        bars=bars_of(found),
        charts=(chart_of(db, chosen.up_to, outlooks, target),),
        forecasts=tuple(
            forecast_of(each, target=target, catch_up_on=part.catch_up_on) for each in outlooks
        ),
        lateness=tuple(due_sentences(statements()[UNIFIED], as_of=month.month_on)),
        provisional=board.everyone[0],
        places=places,
        tiles=draw_tiles(places.drawn, chosen.places_on),
        why=why_of(funnel(db, month), target=target),
        action=next(iter(told.told(told.best[:1])), None) if told else None,
    )


def _since(db: Session, chosen: Chosen, target: Target) -> Since:
    now = read_nation(db, chosen.month, target=target)
    before = read_nation(db, chosen.before, target=target) if chosen.before else None
    return since_of(now, before)
