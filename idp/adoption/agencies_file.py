"""`/adoption/agencies.csv`, `.json`, `.xlsx`: the agencies as a file."""

from collections.abc import Iterable, Iterator

from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.agencies_data import AgencyRow, read_agencies
from idp.adoption.files import SUPPRESSED, Table, file_of
from idp.adoption.filters import Chosen, Filters, choose
from idp.adoption.part import AdoptionPart
from idp.adoption.places_file import printed, said
from idp.figures.open_rows import OF_MONTH, of_month
from idp.kit.db import read_one_instant
from idp.kit.tables.written import KINDS, Row
from idp.web.db import transaction
from idp.web.forms import Query
from idp.web.messages import N_
from idp.web.routes import Router

router = Router()

AGENCIES = Table(
    "/adoption/agencies",
    N_("Agencies"),
    {
        **OF_MONTH,
        "agency": N_("The agency’s code"),
        "name_vi": N_("The agency’s name in Vietnamese"),
        "name_en": N_("The agency’s name in English"),
        "tier": N_("central, province, district or commune"),
        "active": N_("Proven people who signed in at the level to its services, rounded to 5"),
        "both_percent": N_("Of those, who uses both tiers"),
        "sign_ins": N_("Sign-ins begun in the month alone, not people, rounded to 5"),
        "succeeded_percent": N_("Of those sign-ins, the ones that succeeded"),
        "satisfied_percent": N_("Of the answers after a sign-in, satisfied; 30 answers at least"),
        "answers": N_("Answers in the 12 months, cut down to 5"),
        **SUPPRESSED,
    },
)


def agencies_file(request: Request, query: Query) -> Response:
    """The agencies with the filters of the page."""
    filters, part = Filters.read(query), AdoptionPart.of(request)
    with transaction(request) as db:
        read_one_instant(db)
        chosen = choose(db, filters)
        rows = list(agency_rows(chosen, read_agencies(db, chosen, part))) if chosen else []
    return file_of(request, AGENCIES, rows, as_of=chosen.month.name if chosen else "")


for _kind in KINDS:
    router.add_api_route(f"{AGENCIES.path}.{_kind}", agencies_file, methods=["GET"])


def agency_rows(chosen: Chosen, rows: Iterable[AgencyRow]) -> Iterator[Row]:
    """A row for each agency."""
    month = chosen.month
    for row in rows:
        agency, usage = row.agency, row.usage
        yield {
            **of_month(month),
            "agency": agency.code,
            "name_vi": agency.name_vi,
            "name_en": agency.name_en,
            "tier": agency.tier.value,
            "active": usage.active.value,
            "both_percent": printed(usage.both),
            "sign_ins": usage.begun.value,
            "succeeded_percent": printed(usage.succeeded),
            "satisfied_percent": usage.said.percent,
            "answers": usage.said.answers,
            "is_suppressed": said(usage.active),
        }
