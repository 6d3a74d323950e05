"""The ranking of provinces in a month, as outside readers see it: for pages and files alike."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.orm import Session

from idp.adoption.actions_data import Told, read_told
from idp.adoption.chart import draw_spark
from idp.adoption.country_map import Shown as Drawn
from idp.adoption.filters import Chosen, Order
from idp.figures.disclosure import Shown
from idp.figures.frozen import FrozenMonth
from idp.figures.place_series import UsedOf, place_series
from idp.figures.ranking import Standing, by_gap, lowest, rank_places
from idp.figures.sets import AT_DAY, MONTHS, PERSON, Figure
from idp.figures.slice_rows import Dimension
from idp.figures.slices import by_place, national, province_rates
from idp.kit.immutable import immutable
from idp.settings.people import Target


@immutable
class Places:
    """The provinces in the order that is asked for."""

    chosen: Chosen
    whole: Shown
    """The country."""
    standings: tuple[Standing, ...]
    lowest: tuple[Standing, ...]
    most_missing: tuple[Standing, ...]
    succeeded: Mapping[str, Shown]
    """Of people who began to sign in, those who succeeded, by code."""
    sparks: Mapping[str, str]
    """The rates of the last twelve months, drawn."""
    actions: Mapping[str, Told]
    """What each could do itself that brings most, by code; of provinces as they are today."""

    @property
    def drawn(self) -> list[Drawn]:
        """What a map shows."""
        return [
            Drawn(
                s.place.code,
                s.place.name_vi,
                s.shown.percent,
                s.shown.decimals,
                s.shown.is_suppressed,
            )
            for s in self.standings
        ]


def read_places(db: Session, chosen: Chosen, *, target: Target) -> Places:
    """The ranking, from one freeze, and from that of the month before."""
    month, then = chosen.month, chosen.is_then
    whole = whole_rate(db, month)
    cuts = by_place(db, month, then=then)
    rates = province_rates(db, month, before=chosen.before, then=then, cuts=cuts)
    standings = rank_places(rates, whole_percent=whole.percent, target=target)
    series = {} if then else place_series(db, chosen.up_to)
    return Places(
        chosen=chosen,
        whole=whole,
        standings=tuple(by_gap(standings) if chosen.filters.by is Order.MISSING else standings),
        lowest=tuple(lowest(standings)),
        most_missing=tuple(one for one in by_gap(standings)[:3] if one.gap),
        succeeded={
            code: Shown.of(
                cut.get((PERSON, "SUCCEEDED", MONTHS), 0), cut.get((PERSON, "BEGAN", MONTHS), 0)
            )
            for code, cut in cuts.items()
        },
        sparks={code: draw_spark(percents(pairs, target=target)) for code, pairs in series.items()},
        actions={} if then else _actions(db, month, [each.place.code for each in standings]),
    )


def _actions(db: Session, month: FrozenMonth, codes: Iterable[str]) -> dict[str, Told]:
    told = read_told(db, month)
    found = {code: told.best_of(Dimension.PLACE, code) for code in codes} if told else {}
    return {code: action for code, action in found.items() if action is not None}


def whole_rate(db: Session, month: FrozenMonth) -> Shown:
    """The country's rate of people, exact."""
    figures = national(db, month)
    used = figures.get((PERSON, Figure.UNI_USED, MONTHS), 0)
    return Shown.of(used, figures.get((PERSON, "POP", AT_DAY)), is_national=True)


def percents(pairs: Sequence[UsedOf], *, target: Target) -> list[float | None]:
    """As they are printed."""
    return [Shown.of(*pair, target=target).percent for pair in pairs]
