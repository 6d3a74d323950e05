"""`/adoption/actions`: what would move the figure, and by when people would then be there."""

from collections.abc import Mapping
from typing import Self
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.actions_data import Told, ToldActions, read_told
from idp.adoption.filters import Chosen, Filters, choose
from idp.adoption.moved import Change, Matrix, change_of, matrix_of
from idp.adoption.part import AdoptionPart
from idp.adoption.show import show
from idp.figures.action_rows import Of
from idp.figures.actions import Action, Arrival, arrive
from idp.figures.disclosure import Cell, disclose
from idp.figures.frozen import FrozenMonth
from idp.figures.outlook import Outlook, read_outlooks
from idp.figures.place_series import place_series
from idp.figures.rates import Rate
from idp.figures.sentences import when_sentences
from idp.figures.sets import AT_DAY, MONTHS, PERSON, Figure
from idp.figures.slices import national
from idp.figures.what_if import ACTIONS
from idp.kit.immutable import immutable
from idp.settings.people import Target
from idp.web.forms import Query
from idp.web.messages import Message
from idp.web.routes import Router

router = Router()


@immutable
class Picked:
    """Which of the five the reader asks about, as the address has it: `do.1=yes&do.3=yes`."""

    ranks: tuple[int, ...]

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """What it cannot mean is left out."""
        return cls(tuple(rank for rank in range(1, ACTIONS + 1) if query.get(f"do.{rank}")))

    @property
    def query(self) -> str:
        """In the one spelling under which the page is kept."""
        return urlencode({f"do.{rank}": "yes" for rank in self.ranks})


@immutable
class Together:
    """What several actions bring, each person counted once, and when people would be there."""

    at_most: Cell
    low: Cell
    high: Cell
    about: Cell
    still_missing: int | None
    """To the target, by the estimate; 0: they suffice. None: nobody knows of how many."""
    can_suffice: bool
    """Whether they would if everybody whom they reach came."""
    arrival: Arrival | None


@immutable
class ActionsPage:
    """The page; `told` is None where the month has none."""

    target: Target
    chosen: Chosen | None = None
    told: ToldActions | None = None
    best: tuple[Told, ...] = ()
    together: Together | None = None
    picked: tuple[int, ...] = ()
    picked_together: Together | None = None
    unknown: tuple[Told, ...] = ()
    businesses: Told | None = None
    gap: int | None = None
    when: tuple[Message, ...] = ()
    """Why no date is said, where none is."""
    change: Change | None = None
    matrix: Matrix | None = None


@router.get("/adoption/actions")
def actions(request: Request, query: Query) -> Response:
    """Five actions, what any of them bring together, and who moved since the month before."""
    filters, picked = Filters(month=Filters.read(query).month), Picked.read(query)

    def make(db: Session, part: AdoptionPart) -> ActionsPage:
        chosen = choose(db, filters)
        told = read_told(db, chosen.month) if chosen else None
        if chosen is None or told is None:
            return ActionsPage(part.target, chosen)
        outlook = _people(db, part, chosen)
        rate = rate_of(db, chosen.month)
        found = told.actions

        def joined(action: Action | None) -> Together | None:
            return together_of(action, rate, outlook, target=part.target) if action else None

        return ActionsPage(
            target=part.target,
            chosen=chosen,
            told=told,
            best=told.told(found.best),
            together=joined(found.all_best),
            picked=picked.ranks,
            picked_together=joined(found.unions.get(picked.ranks)),
            unknown=told.told(found.unknown),
            businesses=next(
                (told.tell(each) for each in found.levers.values() if each.id == Of.REPRESENTATION),
                None,
            ),
            gap=rate.gap(part.target),
            when=tuple(when_sentences(outlook, target=part.target))[:1],
            change=_change(db, chosen, told),
            matrix=matrix_of(found.moved) if chosen.before else None,
        )

    spelled = "&".join(each for each in (filters.query, picked.query) if each)
    return show(request, "adoption/actions.html", make, filters=spelled)


def rate_of(db: Session, month: FrozenMonth) -> Rate:
    """People who use both tiers, of all."""
    figures = national(db, month)
    used = figures.get((PERSON, Figure.UNI_USED, MONTHS), 0)
    return Rate(used, figures.get((PERSON, "POP", AT_DAY)))


def together_of(action: Action, rate: Rate, outlook: Outlook, *, target: Target) -> Together:
    """As it is printed: gaps are made of printed counts."""
    about, at_most = disclose(action.about), disclose(action.at_most)
    gap = rate.gap(target)
    return Together(
        at_most=at_most,
        low=disclose(action.low),
        high=disclose(action.high),
        about=about,
        still_missing=None if gap is None else max(0, gap - (about.value or 0)),
        can_suffice=gap is not None and (at_most.value or 0) >= gap,
        arrival=arrive(outlook, about.value or 0, target=target),
    )


def _people(db: Session, part: AdoptionPart, chosen: Chosen) -> Outlook:
    found = read_outlooks(
        db, target=part.target, catch_up_on=part.catch_up_on, as_of=chosen.month, kinds=(PERSON,)
    )
    return found[0]


def _change(db: Session, chosen: Chosen, told: ToldActions) -> Change | None:
    if chosen.before is None:
        return None
    months = (chosen.before, chosen.month)
    then, now = (rate_of(db, month) for month in months)
    pairs = place_series(db, months).values()
    return change_of(
        told.actions,
        (then.numerator or 0, then.denominator),
        (now.numerator or 0, now.denominator),
        [(before, after) for before, after in pairs],
    )
