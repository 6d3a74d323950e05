"""`/adoption/actions`: what would move the figure, and by when people would then be there."""

from collections.abc import Mapping, Sequence
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
from idp.figures.actions import Arrival, MonthActions, arrive
from idp.figures.disclosure import STEP, Cell, disclose
from idp.figures.frozen import FrozenMonth
from idp.figures.outlook import Outlook, read_outlooks
from idp.figures.place_series import place_series
from idp.figures.rates import Rate
from idp.figures.sentences import when_sentences
from idp.figures.sets import AT_DAY, MONTHS, PERSON, Figure
from idp.figures.slices import funnel, national
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
    """To the target, by the estimate; 0: they suffice, by true counts. None: of how many is not
    known."""
    can_suffice: bool
    """Whether they would if everybody whom they reach came."""
    arrival: Arrival | None
    has_natural: bool = False
    """Whether the pace has some of them in it already, so that they move no date."""


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

        def joined(ranks: Sequence[int]) -> Together | None:
            if not {*ranks} <= {*told.best_ranks}:
                return None
            return together_of(found, ranks, rate, outlook, target=part.target)

        return ActionsPage(
            target=part.target,
            chosen=chosen,
            told=told,
            best=told.told(told.best),
            together=joined(told.best_ranks),
            picked=picked.ranks,
            picked_together=joined(picked.ranks),
            unknown=told.unknown,
            businesses=next(
                (told.tell(each) for each in found.levers.values() if each.id == Of.REPRESENTATION),
                None,
            ),
            gap=rate.gap(part.target),
            when=tuple(when_sentences(outlook, target=part.target))[:1],
            change=_change(db, chosen, told),
            matrix=_matrix(db, chosen, found),
        )

    spelled = "&".join(each for each in (filters.query, picked.query) if each)
    return show(request, "adoption/actions.html", make, filters=spelled)


def rate_of(db: Session, month: FrozenMonth) -> Rate:
    """People who use both tiers, of all."""
    figures = national(db, month)
    used = figures.get((PERSON, Figure.UNI_USED, MONTHS), 0)
    return Rate(used, figures.get((PERSON, "POP", AT_DAY)))


def together_of(
    actions: MonthActions, ranks: Sequence[int], rate: Rate, outlook: Outlook, *, target: Target
) -> Together | None:
    """What the best of these ranks bring, as it is printed; None: it is not known of this choice.

    What is still missing is made of printed counts, and is nothing only where it truly is.
    """
    action = actions.unions.get(tuple(ranks))
    if action is None:
        return None
    about, at_most = disclose(action.about), disclose(action.at_most)
    gap, beyond = rate.gap(target), actions.beyond_pace(ranks)
    added = disclose(beyond.about).value if beyond else 0
    return Together(
        at_most=at_most,
        low=disclose(action.low),
        high=disclose(action.high),
        about=about,
        still_missing=None if gap is None else _missing(gap, about, action.about),
        can_suffice=gap is not None and not _missing(gap, at_most, action.at_most),
        arrival=arrive(outlook, added or 0, target=target),
        has_natural=beyond != action,
    )


def _missing(gap: int, printed: Cell, people: int | None) -> int:
    """To the gap, by what is printed; nothing only where as many people as it takes are there."""
    if printed.value is None or people is None:
        return gap
    return 0 if people >= gap else max(gap - printed.value, STEP)


def _people(db: Session, part: AdoptionPart, chosen: Chosen) -> Outlook:
    found = read_outlooks(
        db, target=part.target, catch_up_on=part.catch_up_on, as_of=chosen.month, kinds=(PERSON,)
    )
    return found[0]


def _matrix(db: Session, chosen: Chosen, actions: MonthActions) -> Matrix | None:
    if chosen.before is None:
        return None
    return matrix_of(actions.moved, before=funnel(db, chosen.before).states)


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
