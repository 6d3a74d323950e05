"""What would move the figure, as outside readers see it: for pages and files alike."""

from collections.abc import Mapping, Sequence, Set

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency, InformationSystem
from idp.figures.actions import Action, MonthActions, read_month_actions
from idp.figures.definitions import Definition
from idp.figures.disclosure import FEWEST, STARRED, Cell, disclose
from idp.figures.frozen import FrozenMonth
from idp.figures.lever_definitions import LEVERS
from idp.figures.place_groups import hidden_levers
from idp.figures.reasons import OTHERWISE, REASONS
from idp.figures.slice_rows import Dimension
from idp.figures.slices import FigureOf, by_place, list_provinces
from idp.kit.db import table_of
from idp.kit.immutable import immutable
from idp.kit.languages import Named


@immutable
class Told:
    """An action: its numbers rounded to five, fewer than ten starred."""

    action: Action
    whose: Named | None
    """Of a province, a ministry, a system; None: the country's."""
    waiting: int
    """Level-4 services that nobody uses through this sign-in."""
    at_most: Cell
    low: Cell
    about: Cell
    high: Cell
    adds: Cell
    definition: Definition
    month: FrozenMonth

    @property
    def why(self) -> str:
        """How sign-ins failed, in English."""
        return REASONS.get(self.action.reason, OTHERWISE)


@immutable
class ToldActions:
    """Those of a month."""

    month: FrozenMonth
    actions: MonthActions
    names: Mapping[tuple[str, str], Named]
    hidden: Set[tuple[str, str]]
    """Province and lever, of which nothing is told."""

    def tell(self, action: Action) -> Told:
        """As it is printed."""
        whose = (action.dimension, action.code)
        is_hidden = self._is_hidden(action)

        def told(count: int | None) -> Cell:
            return STARRED if is_hidden and count is not None else disclose(count)

        return Told(
            action=action,
            whose=self.names.get(whose),
            waiting=self.actions.waiting.get(whose, 0),
            at_most=told(action.at_most),
            low=told(action.low),
            about=told(action.about),
            high=told(action.high),
            adds=told(action.adds),
            definition=LEVERS[action.id],
            month=self.month,
        )

    @property
    def best(self) -> tuple[Action, ...]:
        """In the order in which they add most; none that is starred.

        What several bring together, less the same without it, would tell of whom it reaches.
        """
        return tuple(
            each
            for each in self.actions.best
            if (each.at_most or 0) >= FEWEST and not self._is_hidden(each)
        )

    @property
    def best_ranks(self) -> tuple[int, ...]:
        """By which their unions are known."""
        return tuple(action.rank for action in self.best)

    def _is_hidden(self, action: Action) -> bool:
        return action.dimension == Dimension.PLACE and (action.code, action.lever) in self.hidden

    @property
    def unknown(self) -> tuple[Told, ...]:
        """Levers that nobody can estimate; the largest first, as printed."""
        return tuple(sorted(self.told(self.actions.unknown), key=lambda t: -(t.at_most.value or 0)))

    def told(self, actions: Sequence[Action]) -> tuple[Told, ...]:
        """Several, in their order."""
        return tuple(map(self.tell, actions))

    def best_of(self, dimension: str, code: str) -> Told | None:
        """What a unit could do itself that brings most, as printed; None: nothing, or not known."""
        own = self.told(self.actions.own(dimension, code))
        return max(own, key=lambda each: (each.about.value or 0, each.action.lever), default=None)


def read_told(
    db: Session,
    month: FrozenMonth,
    *,
    cuts: Mapping[str, Mapping[FigureOf, int]] | None = None,
) -> ToldActions | None:
    """None: the month was frozen before such rows were.

    `cuts`: what `by_place` said of the provinces as they are today, where that was read already.
    """
    found = read_month_actions(db, month)
    if found is None:
        return None
    reached = {
        (action.code, action.lever): action.at_most
        for action in found.levers.values()
        if action.dimension == Dimension.PLACE and action.at_most is not None
    }
    hidden = hidden_levers(by_place(db, month) if cuts is None else cuts, reached)
    return ToldActions(month, found, _names(db), hidden)


def _names(db: Session) -> dict[tuple[str, str], Named]:
    names: dict[tuple[str, str], Named] = {
        (Dimension.PLACE, code): Named(vi, vi) for code, vi, _ in list_provinces(db)
    }
    agencies, systems = table_of(Agency).c, table_of(InformationSystem).c
    for dimension, columns, where in (
        (Dimension.MINISTRY, agencies, agencies.parent_id.is_(None)),
        (Dimension.SYSTEM, systems, systems.needs_sign_in),
    ):
        rows = db.execute(select(columns.id, columns.name_vi, columns.name_en).where(where))
        names |= {(dimension, str(id_)): Named(vi, en) for id_, vi, en in rows}
    return names
