"""The ranking of provinces in a month, as outside readers see it: for pages and files alike."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.orm import Session

from idp.adoption.actions_data import Told, read_told
from idp.adoption.chart import draw_spark
from idp.adoption.country_map import Shown as Drawn
from idp.adoption.filters import Chosen, Order
from idp.figures.disclosure import Shown
from idp.figures.frozen import FrozenMonth
from idp.figures.place_series import place_series
from idp.figures.place_sums import PATH, hidden_figures, hidden_places
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
    series = {} if then else shown_series(db, chosen.up_to, target=target)
    no_path = hidden_figures(cuts, PATH)
    return Places(
        chosen=chosen,
        whole=whole,
        standings=tuple(by_gap(standings) if chosen.filters.by is Order.MISSING else standings),
        lowest=tuple(lowest(standings)),
        most_missing=tuple(one for one in by_gap(standings)[:3] if one.gap),
        succeeded={
            code: shown.starred() if code in no_path else shown
            for code, cut in cuts.items()
            for shown in [Shown.of(*(cut.get(figure, 0) for figure in PATH))]
        },
        sparks={code: draw_spark([s.percent for s in own]) for code, own in series.items()},
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


def shown_series(
    db: Session, months: Sequence[FrozenMonth], *, target: Target
) -> dict[str, list[Shown]]:
    """The rate of each province in each of these months, as it is printed."""
    found = place_series(db, months)
    hidden = [
        hidden_places({code: pairs[n][0] for code, pairs in found.items()})
        for n in range(len(months))
    ]
    return {
        code: [
            shown.starred() if code in stars else shown
            for pair, stars in zip(pairs, hidden, strict=True)
            for shown in [Shown.of(*pair, target=target)]
        ]
        for code, pairs in found.items()
    }
