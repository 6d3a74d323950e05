"""S9 and S10: where the registered stand, and what it would take. National, so exact."""

from collections.abc import Collection, Mapping

from idp.adoption.chart import Part, draw_stack
from idp.figures.disclosure import DECIMALS_FROM, STARRED, Cell, disclose, is_cut
from idp.figures.frozen import Funnel
from idp.figures.partitions import hidden_people
from idp.figures.place_groups import GROUPS
from idp.figures.rates import Rate
from idp.figures.slice_rows import State
from idp.kit.immutable import immutable
from idp.settings.people import Target


@immutable
class Why:
    """The registered in four groups, or five where some are credited to no tier."""

    registered: Cell
    both: Cell
    one_tier: Cell
    unsigned: Cell
    """Proven, without a sign-in at the level."""
    not_proven: Cell
    no_tier: Cell
    parts: tuple[Part, ...]
    """In that order, as one bar; empty where a group is too small to be shown."""
    if_all: Rate
    """What there would be, if all who use one tier used both."""
    decimals: int
    """Of what `if_all` is written with."""
    still_needed: int | None
    """Subjects missing even so; None: not known."""

    @property
    def groups(self) -> tuple[Cell, ...]:
        """In the order of the bar."""
        usual = (self.both, self.one_tier, self.unsigned, self.not_proven)
        return (*usual, self.no_tier) if self.has_no_tier else usual

    @property
    def has_no_tier(self) -> bool:
        """Whether somebody is credited to none, as sign-ins named no service."""
        return self.no_tier.is_suppressed or bool(self.no_tier.value)


def why_of(funnel: Funnel, *, target: Target, hidden: Collection[str] | None = None) -> Why:
    """The groups of the country; or of one place, of which those of `hidden` are starred."""
    is_national = hidden is None
    states = funnel.states
    counts = {name: sum(states[state] for state in own) for name, own in GROUPS.items()}
    if not counts["no_tier"]:
        del counts["no_tier"]
    cells = {name: disclose(n, is_national=is_national) for name, n in counts.items()}
    cells |= dict.fromkeys(cut_groups(states) if hidden is None else hidden, STARRED)
    cells = {"no_tier": Cell(0), **cells}
    shown = [cell.value for cell in cells.values() if cell.value is not None]
    if_all = Rate(
        None
        if cells["both"].value is None or cells["one_tier"].value is None
        else cells["both"].value + cells["one_tier"].value,
        disclose(funnel.population, is_national=is_national).value,
    )
    return Why(
        registered=disclose(funnel.registered, is_national=is_national),
        parts=draw_stack(shown) if len(shown) == len(cells) else (),
        if_all=if_all,
        decimals=int(is_national or (funnel.population or 0) >= DECIMALS_FROM),
        still_needed=if_all.gap(target),
        **cells,
    )


def cut_groups(states: Mapping[State, int]) -> list[str]:
    """Groups of the country that would tell of starred states: of `GROUPS`."""
    hidden = hidden_people(states)
    return [name for name, own in GROUPS.items() if is_cut(own, hidden)]
