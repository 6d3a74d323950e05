"""`/adoption/today`: what today has brought so far, counted live; provisional."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.part import AdoptionPart
from idp.adoption.show import show_once
from idp.figures.board import Board, read_board
from idp.figures.rates import ENTERPRISE, Rate
from idp.figures.sets import PERSON, Figure
from idp.figures.today import TodaySoFar, count_today
from idp.kit.db import read_one_instant
from idp.kit.immutable import immutable
from idp.settings.people import Target
from idp.web.db import transaction
from idp.web.routes import Router

router = Router()


@immutable
class TodayPage:
    """The page."""

    target: Target
    today: TodaySoFar
    rates: Mapping[str, Rate]
    """UNI-used of everyone at this moment, by subject kind."""
    board: Board | None


@router.get("/adoption/today")
def today(request: Request) -> Response:
    """Today's figures beside those of the last closed day; so a browser must ask each time."""
    part = AdoptionPart.of(request)
    with transaction(request) as db:
        read_one_instant(db)
        board = read_board(db, target=part.target)
        so_far = count_today(db.connection(), rules=part.rules, at_hand=part.at_hand)
        page = TodayPage(part.target, so_far, _rates(so_far, board), board)
        return show_once(request, "adoption/today.html", page, **{"Cache-Control": "no-cache"})


def _rates(today: TodaySoFar, board: Board | None) -> Mapping[str, Rate]:
    everyone = {r.subject_kind: r.rate.denominator for r in board.everyone} if board else {}
    return {
        kind: Rate(today.values[kind, Figure.UNI_USED], everyone.get(kind))
        for kind in (PERSON, ENTERPRISE)
    }
