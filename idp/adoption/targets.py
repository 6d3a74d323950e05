"""`/adoption/targets`: every statement of the founding documents, and how it stands."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.part import AdoptionPart
from idp.adoption.show import show_once
from idp.figures.board import Board, read_board
from idp.figures.indicators import Known, latest
from idp.figures.ladder import SERVICE, Step
from idp.figures.open_satisfaction import publishing
from idp.figures.rates import Rate
from idp.figures.sets import AT_DAY
from idp.figures.targets import UNIFIED, Statement, Status, Unit, statements
from idp.kit.db import read_one_instant
from idp.kit.immutable import immutable
from idp.web.db import transaction
from idp.web.forms import Query
from idp.web.messages import N_
from idp.web.paging import Leaf, cut
from idp.web.routes import Router

router = Router()
_ON_A_PAGE = 6
UNITS = {
    Unit.PERCENT: N_("percent"),
    Unit.RANK: N_("rank"),
    Unit.NUMBER: N_("number"),
    Unit.MINUTES: N_("minutes"),
    Unit.ROADMAP: N_("a roadmap, without a number"),
}


@immutable
class Measured:
    """A rate of ours on a day; `who` says whose, empty where there is one alone."""

    who: str
    rate: Rate


@immutable
class Standing:
    """One target, with what is known of it today."""

    statement: Statement
    unit: str
    replaced_by: Statement | None
    measured: tuple[Measured, ...]
    imported: Known | None


@immutable
class TargetsPage:
    """A page of them; `as_of` is the last closed day, None as long as there is none."""

    leaf: Leaf[Standing]
    as_of: date | None


@router.get("/adoption/targets")
def targets(request: Request, query: Query) -> Response:
    """In the order of the documents, a few at a time."""
    with transaction(request) as db:
        read_one_instant(db)
        board = read_board(db, target=AdoptionPart.of(request).target)
        leaf = cut([*statements().values()], query, most=_ON_A_PAGE)
        page = TargetsPage(
            leaf=leaf.holding(_standings(db, leaf, board)), as_of=board.as_of if board else None
        )
        return show_once(request, "adoption/targets.html", page)


def _standings(db: Session, leaf: Leaf[Statement], board: Board | None) -> list[Standing]:
    imported, said = latest(db), publishing(db)
    return [_standing(each, board, imported, said) for each in leaf.lines]


def _standing(
    statement: Statement, board: Board | None, imported: Mapping[str, Known], said: Rate | None
) -> Standing:
    replacing = (s for s in statements().values() if s.supersedes == statement.id)
    is_measured = statement.status is Status.MEASURED and board is not None
    return Standing(
        statement=statement,
        unit=UNITS[statement.unit],
        replaced_by=next(replacing, None),
        measured=_measured(statement, board, said) if is_measured and board else (),
        imported=imported.get(statement.id),
    )


def _measured(statement: Statement, board: Board, said: Rate | None) -> tuple[Measured, ...]:
    if statement.figure == "ANSWERS":
        return (Measured("", said),) if said else ()
    if UNIFIED in {statement.id, statement.supersedes}:
        names = (N_("People"), N_("Enterprises"), N_("Both together"))
        return tuple(
            Measured(name, each.rate) for name, each in zip(names, board.everyone, strict=True)
        )
    numerator = board.values.get((SERVICE, statement.figure, AT_DAY))
    return (Measured("", Rate(numerator, board.values.get((SERVICE, Step.ALL, AT_DAY)))),)
