"""The ranking of provinces in a month, as outside readers see it: for pages and files alike."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import date

from sqlalchemy.orm import Session

from idp.adoption.actions_data import Told, read_told
from idp.adoption.chart import draw_spark
from idp.adoption.country_map import Shown as Drawn
from idp.adoption.filters import Chosen, Order
from idp.adoption.part import AdoptionPart
from idp.adoption.place_outlook import arrival, place_outlooks
from idp.adoption.scored import UnitFigures, read_unit_figures
from idp.figures.disclosure import Shown
from idp.figures.frozen import FrozenMonth
from idp.figures.place_series import UsedOf, place_series
from idp.figures.ranking import Standing, by_gap, lowest, rank_places
from idp.figures.score import UnitKind
from idp.figures.sets import AT_DAY, MONTHS, PERSON, Figure
from idp.figures.slice_rows import Dimension
from idp.figures.slices import FigureOf, by_place, national, province_rates
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
    actions: Mapping[str, Told] = field(default_factory=dict)
    """What each could do itself that brings most, by code; of provinces as they are today, and in
    their ranking alone, as what follows."""
    figures: Mapping[str, UnitFigures] = field(default_factory=dict)
    """Of them as units: systems, local sign-ins, score; likewise."""
    arrivals: Mapping[str, date | str | None] = field(default_factory=dict)
    """When each reaches the target (`place_outlook.arrival`); likewise."""

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
        succeeded={code: succeeded_of(cut) for code, cut in cuts.items()},
        sparks={code: draw_spark(percents(pairs, target=target)) for code, pairs in series.items()},
    )


def read_ranking(db: Session, chosen: Chosen, part: AdoptionPart) -> Places:
    """The same with what each could do, what is known of it as a unit, and when it arrives."""
    found = read_places(db, chosen, target=part.target)
    if chosen.is_then:
        return found
    outlooks = place_outlooks(db, chosen, part)
    return replace(
        found,
        actions=_actions(db, chosen.month, [each.place.code for each in found.standings]),
        figures=read_unit_figures(db, chosen, UnitKind.PROVINCE, part),
        arrivals={code: arrival(each) for code, each in outlooks.items()},
    )


def _actions(db: Session, month: FrozenMonth, codes: Iterable[str]) -> dict[str, Told]:
    told = read_told(db, month)
    found = {code: told.best_of(Dimension.PLACE, code) for code in codes} if told else {}
    return {code: action for code, action in found.items() if action is not None}


def succeeded_of(cut: Mapping[FigureOf, int]) -> Shown:
    """Of a place's people who began to sign in, those who succeeded at least once."""
    some, everyone = (cut.get((PERSON, name, MONTHS), 0) for name in ("SUCCEEDED", "BEGAN"))
    return Shown.of(some, everyone)


def whole_rate(db: Session, month: FrozenMonth) -> Shown:
    """The country's rate of people, exact."""
    figures = national(db, month)
    used = figures.get((PERSON, Figure.UNI_USED, MONTHS), 0)
    return Shown.of(used, figures.get((PERSON, "POP", AT_DAY)), is_national=True)


def percents(pairs: Sequence[UsedOf], *, target: Target) -> list[float | None]:
    """As they are printed."""
    return [Shown.of(*pair, target=target).percent for pair in pairs]
