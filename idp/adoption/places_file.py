"""`/adoption/places.csv`, `.json`, `.xlsx`: the ranking of provinces as a file."""

from collections.abc import Iterator
from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.files import SUPPRESSED, Table, file_of
from idp.adoption.filters import Filters, choose
from idp.adoption.part import AdoptionPart
from idp.adoption.places_data import Places, read_ranking
from idp.figures.disclosure import Cell, Shown
from idp.figures.open_rows import OF_MONTH, of_month
from idp.kit.db import read_one_instant
from idp.kit.shares import cut_down
from idp.kit.tables.written import KINDS, Row
from idp.web.db import transaction
from idp.web.forms import Query
from idp.web.messages import N_
from idp.web.routes import Router

router = Router()

PLACES = Table(
    "/adoption/places",
    N_("Provinces: ranking and map"),
    {
        **OF_MONTH,
        "rank": N_("1 has the highest rate; equal where the printed rates are; empty: no rank"),
        "place": N_("The province’s code, as it is today or, with provinces=63, as it was"),
        "name": N_("The province’s name"),
        "uni_used": N_("People who use both tiers, rounded to 5"),
        "residents": N_("Residents, rounded to 5"),
        "percent": N_("uni_used of residents, cut down"),
        "change": N_("Percent points since the month before"),
        "missing": N_("People missing to the target"),
        "succeeded_percent": N_("Of people who began to sign in, those who succeeded"),
        "band": N_("low or high: outside the 99.8% limits around the country’s rate; else usual"),
        "arrives": N_("The month in which it reaches the target at today’s pace; met: it has"),
        "systems": N_("Systems of its agencies that need a sign-in"),
        "systems_alone": N_("Of those, the ones with this sign-in alone"),
        "local_percent": N_(
            "Sign-ins with local accounts, at most: the mean of its systems, one without its list "
            "counting in full"
        ),
        "score": N_("Points of 100, of the newest month alone"),
        "action": N_("The lever that brings most of those it has itself, as in the actions"),
        "action_people": N_("About so many people that it would add, rounded to 5"),
        **SUPPRESSED,
    },
)


def places_file(request: Request, query: Query) -> Response:
    """The ranking with the filters of the page."""
    filters = Filters.read(query)
    part = AdoptionPart.of(request)
    with transaction(request) as db:
        read_one_instant(db)
        chosen = choose(db, filters)
        found = read_ranking(db, chosen, part) if chosen else None
    rows = list(place_rows(found)) if found else []
    return file_of(request, PLACES, rows, as_of=found.chosen.month.name if found else "")


for _kind in KINDS:
    router.add_api_route(f"{PLACES.path}.{_kind}", places_file, methods=["GET"])


def place_rows(places: Places) -> Iterator[Row]:
    """A row for each province, in the order that is asked for."""
    month = places.chosen.month
    for each in places.standings:
        succeeded = places.succeeded.get(each.place.code)
        action = places.actions.get(each.place.code)
        yield {
            **of_month(month),
            "rank": each.rank,
            "place": each.place.code,
            "name": each.place.name_vi,
            "uni_used": each.shown.numerator.value,
            "residents": each.shown.denominator.value,
            "percent": printed(each.shown),
            "change": None if each.change is None else round(each.change, 1),
            "missing": each.gap,
            "succeeded_percent": printed(succeeded) if succeeded else None,
            "band": each.band.value if each.band else None,
            **_as_unit(places, each.place.code),
            "action": action.action.lever if action else None,
            "action_people": action.about.value if action else None,
            "is_suppressed": said(each.shown.numerator),
        }


def _as_unit(places: Places, code: str) -> Row:
    of, arrives = places.figures.get(code), places.arrivals.get(code)
    systems = of.systems if of else None
    return {
        "arrives": f"{arrives:%Y-%m}" if isinstance(arrives, date) else arrives,
        "systems": systems.denominator if systems else None,
        "systems_alone": systems.numerator if systems else None,
        "local_percent": float(of.local) if of and of.local is not None else None,
        "score": float(of.total) if of and of.total is not None else None,
    }


def printed(shown: Shown) -> float | None:
    """The rate as it is printed."""
    return None if shown.percent is None else float(cut_down(shown.percent, shown.decimals))


def said(cell: Cell) -> str:
    """Whether it is suppressed."""
    return "yes" if cell.is_suppressed else "no"
