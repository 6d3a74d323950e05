"""`/adoption/places`: which provinces are behind."""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.chart import NARROW, WIDE, FunnelPlot, draw_funnel
from idp.adoption.country_map import Picture, draw_map, draw_tiles
from idp.adoption.filters import Filters, choose
from idp.adoption.part import AdoptionPart
from idp.adoption.places_data import Places, read_ranking
from idp.adoption.shades import BOUNDS, SHADES, Shade
from idp.adoption.show import show
from idp.figures.ranking import limits
from idp.kit.immutable import immutable
from idp.places.drawing import ATTRIBUTION
from idp.settings.people import Target
from idp.web.forms import Query
from idp.web.routes import Router

router = Router()


@immutable
class PlacesPage:
    """The page; `places` is None as long as no month is frozen."""

    target: Target
    places: Places | None = None
    map: Picture | None = None
    tiles: Picture | None = None
    plots: tuple[FunnelPlot | None, ...] = ()
    shades: tuple[Shade, ...] = SHADES
    bounds: tuple[int, ...] = BOUNDS
    attribution: str = ATTRIBUTION


@router.get("/adoption/places")
def places(request: Request, query: Query) -> Response:
    """The provinces as a ranking, a map and a plot; of any frozen month."""
    filters = Filters.read(query)

    def make(db: Session, part: AdoptionPart) -> PlacesPage:
        chosen = choose(db, filters)
        if chosen is None:
            return PlacesPage(part.target)
        found = read_ranking(db, chosen, part)
        return PlacesPage(
            target=part.target,
            places=found,
            map=draw_map(found.drawn, chosen.places_on),
            tiles=draw_tiles(found.drawn, chosen.places_on),
            plots=tuple(_plot(found, part.target, width) for width in (WIDE, NARROW)),
        )

    return show(request, "adoption/places.html", make, filters=filters.query)


def _plot(places: Places, target: Target, width: int) -> FunnelPlot | None:
    """By size and rate, with the names of the three lowest and the highest."""
    whole = places.whole.percent
    known = [
        (each.place, each.shown.denominator.value, each.shown.percent)
        for each in places.standings
        if each.shown.percent is not None and each.shown.denominator.value
    ]
    if whole is None or not known:
        return None
    highest = max(known, key=lambda place: place[2] or 0)[0].code
    named = {each.place.code for each in places.lowest} | {highest}
    return draw_funnel(
        [
            (place.name_vi if place.code in named else "", size or 0, percent or 0.0)
            for place, size, percent in known
        ],
        lambda size: limits(whole, size),
        whole=whole,
        target=target.percent,
        width=width,
    )
