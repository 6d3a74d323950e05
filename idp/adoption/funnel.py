"""Where people stand on the way to both tiers, and how sign-ins end: of the country, as printed."""

from collections.abc import Iterator, Sequence

from idp.adoption.actions_data import Told, ToldActions
from idp.adoption.nation import Nation
from idp.figures.action_rows import Of
from idp.figures.actions import Action
from idp.figures.disclosure import STARRED, Cell
from idp.figures.partitions import SIGN_IN
from idp.figures.rates import Rate
from idp.figures.reasons import ABANDONED, OTHERWISE, REASONS, TOO_LOW
from idp.figures.sets import AT_DAY, MONTHS, PERSON, Figure
from idp.figures.slice_rows import MONTH, Dimension, State
from idp.kit.immutable import immutable
from idp.web.messages import N_

UNREGISTERED = N_("Not registered")
STATES = {
    State.NOT_PROVEN: N_("Registered, not proven"),
    State.NEVER_TRIED: N_("Proven, never tried to sign in"),
    State.FOR_LEVEL: N_("Refused for the identity level alone"),
    State.TRIED: N_("Tried: refused otherwise, or given up"),
    State.WEAK: N_("Signed in below the level alone"),
    State.NO_TIER: N_("Signed in at the level, to no known service"),
    State.CENTRAL: N_("Central services alone"),
    State.LOCAL: N_("Local services alone"),
    State.BOTH: N_("Both: counted towards the target"),
}
"""Everyone who is registered stands in the first that matches."""
_MOST = 10


@immutable
class Row:
    """One state, or one way in which sign-ins ended."""

    name: str
    """In English."""
    count: Cell
    share: Rate
    """Of all residents, or of all sign-ins of the month; not known where it is starred."""
    change: int | None = None
    """People more than a month before; None: not known, or starred in one of both."""
    action: Told | None = None
    """What moves most of them."""
    is_part: bool = False
    """Of the row above it."""


def people(now: Nation, before: Nation | None, told: ToldActions | None) -> Iterator[Row]:
    """The states of all residents, who add up to them; none of nobody where that is usual."""
    everyone = now.cell(PERSON, "POP", AT_DAY).value
    outside = _outside(now)
    yield Row(UNREGISTERED, outside, Rate(outside.value, everyone), _less(outside, before))
    for state, name in STATES.items():
        count = now.cell(PERSON, state, MONTHS)
        if state is State.NO_TIER and count.value == 0:
            continue
        was = before.cell(PERSON, state, MONTHS).value if before else None
        change = None if was is None or count.value is None else count.value - was
        action = _action(told, state)
        yield Row(name, count, Rate(count.value, everyone), change, action)


def sign_ins(now: Nation) -> Iterator[Row]:
    """How those of the month ended; reasons below what was refused otherwise."""
    begun = now.cell(SIGN_IN, "BEGUN", MONTH).value
    for name, figure in (
        (N_("succeeded"), "SUCCESS"),
        (REASONS[TOO_LOW], "REFUSED_LEVEL"),
        (OTHERWISE, "REFUSED"),
        (REASONS[ABANDONED], "ABANDONED"),
    ):
        count = now.cell(SIGN_IN, figure, MONTH)
        yield Row(name, count, Rate(count.value, begun))
        if figure == "REFUSED":
            yield from _reasons(now, begun)


def completing(told: ToldActions) -> tuple[Told, ...]:
    """Whose services would complete those who use one tier alone; who reaches most comes first.

    Those that are starred come last, by name: their order would tell of them.
    """
    found = [
        action
        for (dimension, _, kind, _), action in told.actions.levers.items()
        if action.id == Of.CONNECT and kind == PERSON and dimension != Dimension.COUNTRY
    ]
    known = told.told([action for action in found if action.at_most is not None])
    return tuple(sorted(known, key=_most_first)[:_MOST])


def _most_first(told: Told) -> tuple[int, str, str]:
    """As printed; of those printed alike by name."""
    return -(told.at_most.value or 0), told.whose.name_vi if told.whose else "", told.action.code


def _outside(nation: Nation) -> Cell:
    everyone = nation.cell(PERSON, "POP", AT_DAY)
    registered = nation.cell(PERSON, Figure.REG, AT_DAY)
    if registered.is_suppressed or everyone.is_suppressed:
        return STARRED
    if everyone.value is None or registered.value is None:
        return Cell(None)
    return Cell(max(everyone.value - registered.value, 0))


def _less(outside: Cell, before: Nation | None) -> int | None:
    was = _outside(before).value if before else None
    return None if was is None or outside.value is None else outside.value - was


def _action(told: ToldActions | None, state: State) -> Told | None:
    if told is None:
        return None
    moving = (each for each in told.actions.levers.values() if _moves(each, state))
    known = [told.tell(each) for each in moving if each.subject_kind == PERSON and each.about]
    return max(known, key=_gain, default=None)


def _moves(action: Action, state: State) -> bool:
    """Whether it reaches who stands there; those of one tier lack the other's services."""
    match state:
        case State.NOT_PROVEN:
            return action.id == Of.DESKS
        case State.FOR_LEVEL | State.TRIED:
            is_level = action.reason == TOO_LOW
            return action.id == Of.FAILURES and is_level is (state is State.FOR_LEVEL)
        case State.CENTRAL | State.LOCAL:
            lacking = Dimension.PLACE if state is State.CENTRAL else Dimension.MINISTRY
            return action.id == Of.CONNECT and action.dimension == lacking
        case _:
            return False


def _gain(told: Told) -> tuple[int, str, str]:
    """As printed: the choice of one that is starred would tell of it."""
    return told.about.value or 0, told.action.lever, told.action.code


def _reasons(now: Nation, begun: int | None) -> Sequence[Row]:
    found = [
        (REASONS.get(figure.removeprefix("REASON "), OTHERWISE), cell)
        for (kind, figure, window), cell in now.cells.items()
        if kind == SIGN_IN and window == MONTH and figure.startswith("REASON ")
    ]
    found.sort(key=lambda each: (-(each[1].value or 0), each[0]))
    return [Row(name, cell, Rate(cell.value, begun), is_part=True) for name, cell in found]
