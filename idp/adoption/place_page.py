"""`/adoption/places/{place}`: one province, with the questions that the country is asked."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.actions_data import Told, ToldActions, read_told
from idp.adoption.chart import NARROW, WIDE, Bar, LineChart, Series, draw_bar, draw_lines
from idp.adoption.filters import Chosen, Filters, choose
from idp.adoption.forecasts import Forecast, forecast_of
from idp.adoption.part import AdoptionPart
from idp.adoption.place_outlook import place_outlooks
from idp.adoption.places_data import percents, succeeded_of, whole_rate
from idp.adoption.scored import UnitFigures, read_unit_figures
from idp.adoption.show import show
from idp.adoption.why import Why, why_of
from idp.figures.disclosure import STARRED, Cell, Shown, disclose
from idp.figures.frozen import FrozenMonth
from idp.figures.place_groups import hidden_groups
from idp.figures.place_series import UsedOf, place_series
from idp.figures.ranking import Standing, rank_places
from idp.figures.score import UnitKind
from idp.figures.slice_rows import Dimension
from idp.figures.slices import FigureOf, by_place, funnel, province_rates
from idp.kit.errors import NotFound
from idp.kit.immutable import immutable
from idp.places.crosswalk import Crosswalk
from idp.places.lookup import find_names
from idp.settings.people import Target
from idp.web.forms import Query
from idp.web.messages import N_
from idp.web.routes import Router

router = Router()


@immutable
class PlacePage:
    """The page."""

    target: Target
    chosen: Chosen
    standing: Standing
    whole: Shown
    ranked: int
    """So many provinces have a rank."""
    bar: Bar
    months: tuple[tuple[FrozenMonth, Shown], ...]
    charts: tuple[LineChart | None, ...]
    why: Why
    parts: tuple[str, ...]
    """The names of the provinces it was made of in 2025; empty where it was not."""
    action: Told | None
    """What it could do itself that brings most."""
    to_median: Cell
    """People it lacks to the median of the provinces' rates."""
    when: Forecast | None
    """None: no whole month is known."""
    figures: UnitFigures | None
    succeeded: Shown
    """Of its people who began to sign in, those who succeeded at least once."""


@router.get("/adoption/places/{place}")
def one_place(request: Request, place: str, query: Query) -> Response:
    """A province as it is today; its past is that of its parts."""
    filters = Filters.read(query)

    def make(db: Session, part: AdoptionPart) -> PlacePage:
        chosen = choose(db, filters)
        if chosen is None:
            raise NotFound(N_("No figures of a province with this code."))
        target, whole = part.target, whole_rate(db, chosen.month)
        cuts = by_place(db, chosen.month)
        rates = province_rates(db, chosen.month, before=chosen.before, cuts=cuts)
        standings = rank_places(rates, whole_percent=whole.percent, target=target)
        standing = next((each for each in standings if each.place.code == place), None)
        if standing is None:
            raise NotFound(N_("No figures of a province with this code."))
        pairs = place_series(db, chosen.up_to, code=place).get(place, [])
        told = read_told(db, chosen.month, cuts=cuts)
        return PlacePage(
            target=target,
            chosen=chosen,
            standing=standing,
            whole=whole,
            ranked=sum(each.rank is not None for each in standings),
            bar=draw_bar(standing.shown.percent, target_percent=target.percent),
            months=_months(chosen.up_to, pairs, target),
            charts=_charts(standing, chosen.up_to, percents(pairs, target=target), target),
            why=why_of(funnel(db, chosen.month, place), target=target, hidden=_hidden(cuts, place)),
            parts=_parts(db, place),
            action=told.best_of(Dimension.PLACE, place) if told else None,
            to_median=_to_median(told, standing),
            when=_when(db, chosen, part, place),
            figures=read_unit_figures(db, chosen, UnitKind.PROVINCE, part).get(place),
            succeeded=succeeded_of(cuts.get(place, {})),
        )

    return show(request, "adoption/place.html", make, filters=filters.query)


def _hidden(cuts: Mapping[str, Mapping[FigureOf, int]], place: str) -> set[str]:
    """Groups of the place that are starred, as all provinces' add up to the country's."""
    return {name for code, name in hidden_groups(cuts) if code == place}


def _months(
    known: Sequence[FrozenMonth], pairs: Sequence[UsedOf], target: Target
) -> tuple[tuple[FrozenMonth, Shown], ...]:
    return tuple(
        (month, Shown.of(*pair, target=target)) for month, pair in zip(known, pairs, strict=False)
    )


def _to_median(told: ToldActions | None, standing: Standing) -> Cell:
    """With the median, which others' rates tell, it says how many use both tiers."""
    if standing.shown.is_suppressed:
        return STARRED
    return disclose(told.actions.to_median.get(standing.place.code) if told else None)


def _charts(
    of: Standing, known: Sequence[FrozenMonth], rates: Sequence[float | None], target: Target
) -> tuple[LineChart | None, ...]:
    months = [month.month_on for month, _ in zip(known, rates, strict=False)]
    lines = [Series(of.place.name_vi, rates, of.shown.decimals)]
    return tuple(
        draw_lines(months, lines, target=target.percent, width=width) for width in (WIDE, NARROW)
    )


def _when(db: Session, chosen: Chosen, part: AdoptionPart, place: str) -> Forecast | None:
    outlook = place_outlooks(db, chosen, part, code=place).get(place)
    if outlook is None:
        return None
    return forecast_of(outlook, target=part.target, catch_up_on=part.catch_up_on)


def _parts(db: Session, code: str) -> tuple[str, ...]:
    crosswalk, names = Crosswalk.read(db.connection()), find_names(db)
    old = [o for o, new in crosswalk.became.items() if new.code == code]
    return tuple(sorted(names[place] for place in old))
