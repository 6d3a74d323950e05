"""Connected services: who may read what, and withdrawing it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.entry import owner_page
from idp.accounts.disowning import SHOWN_FOR
from idp.catalogue.lookup import find_services
from idp.consents.changes import withdraw_consent
from idp.consents.lookup import GivenConsent, list_consents
from idp.journal.activity import find_last_uses
from idp.journal.record import record
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.relying_parties.lookup import PartyName, find_names_by_audience, find_party_names
from idp.relying_parties.models import Environment
from idp.relying_parties.scopes import SCOPES, SERVICE_PREFIX, service_codes, words_beside
from idp.sessions.lookup import CurrentSession
from idp.tokens.end import end_party_grants
from idp.web.csrf import OwnForm
from idp.web.forms import Query, id_in
from idp.web.language import language_of
from idp.web.messages import Message
from idp.web.paging import Leaf, cut
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
PATH = "/account/services"
_LISTED = 5
"""Services on a page."""


@immutable
class Connected:
    """A service the person agreed to share with."""

    relying_party_id: UUID
    name: str
    agency: str
    is_test: bool
    uri: str
    shares: tuple[str, ...]
    purposes: tuple[str, ...]
    """The public services that they signed in for."""
    uses: tuple[str, ...]
    """Other services at which it may act for the person: their names, else addresses."""
    granted_at: datetime
    used_at: datetime | None
    """When the person last signed in there; None for never within 12 months."""


@immutable
class ServicesPage:
    """A page of the services with an open consent."""

    name: str
    leaf: Leaf[Connected]


@router.get(PATH)
@owner_page(PATH)
def show(request: Request, db: Session, session: CurrentSession, query: Query) -> Response:
    """The list, for whoever is signed in."""
    given_to: dict[UUID, list[GivenConsent]] = {}
    for consent in list_consents(db, person_id=session.person_id):
        given_to.setdefault(consent.relying_party_id, []).append(consent)
    leaf = cut(tuple(given_to), query, most=_LISTED)
    by_party = {party_id: given_to[party_id] for party_id in leaf.lines}
    names = find_party_names(db, party_ids=by_party)
    resources = {uri for given in by_party.values() for one in given for uri in one.resources}
    whose = find_names_by_audience(db, audiences=resources)
    language = language_of(request)
    scopes = {scope for given in by_party.values() for one in given for scope in one.scopes}
    purposes = {
        f"{SERVICE_PREFIX}{code}": service.name(language)
        for code, service in find_services(db, codes=service_codes(scopes)).items()
    }
    used = find_last_uses(
        db,
        subject_number=session.subject_number,
        party_ids=by_party,
        since=session.own_since(clock.now() - SHOWN_FOR),
    )
    services = tuple(
        _connected(names[party_id], given, whose, purposes, language, used_at=used.get(party_id))
        for party_id, given in by_party.items()
    )
    page = ServicesPage(session.name, leaf.holding(services))
    return render(request, "account/services.html", page)


def _connected(
    party: PartyName,
    given: list[GivenConsent],
    whose: Mapping[tuple[Environment, str], PartyName],
    purposes: Mapping[str, str],
    language: str,
    *,
    used_at: datetime | None,
) -> Connected:
    """All that is agreed with one party, for whomever the person acts; the newest first."""
    scopes = {scope for one in given for scope in one.scopes}
    claims = {claim for one in given for claim in one.claims}
    by_scope = (s.for_people for n, s in SCOPES.items() if n in scopes and s.for_people)
    uses = sorted({uri for one in given for uri in one.resources})
    named = {uri: whose.get((party.environment, uri)) for uri in uses}
    return Connected(
        relying_party_id=given[0].relying_party_id,
        name=party.name(language),
        agency=party.agency_name(language),
        is_test=party.is_test,
        uri=party.client_uri,
        shares=(*by_scope, *words_beside(claims, scopes)),
        purposes=tuple(sorted(purposes[scope] for scope in scopes if scope in purposes)),
        uses=tuple(name.name(language) if name else uri for uri, name in named.items()),
        granted_at=given[0].granted_at,
        used_at=used_at,
    )


@router.post(f"{PATH}/withdraw")
@owner_page(PATH)
def withdraw(request: Request, db: Session, session: CurrentSession, form: OwnForm) -> Response:
    """Withdraw a consent of one's own; its tokens die at once."""
    party_id = id_in(form, "relying_party")
    if party_id is None:
        return RedirectResponse(PATH, status_code=303)
    if withdraw_consent(db, person_id=session.person_id, relying_party_id=party_id):
        end_party_grants(db, person_id=session.person_id, relying_party_id=party_id)
        record(
            db,
            event="consent.withdrawn",
            subject_number=session.subject_number,
            relying_party_id=party_id,
            counted=False,
        )
        party = find_party_names(db, party_ids=[party_id])[party_id]
        return _tell_withdrawn(request, party)
    return RedirectResponse(PATH, status_code=303)


def _tell_withdrawn(request: Request, party: PartyName) -> Response:
    language = language_of(request)
    name, agency = party.name(language), party.agency_name(language)
    again = (Message("Go to %(party)s", party=name), party.client_uri)
    return go_and_tell(
        request,
        PATH,
        Message("Consent for %(party)s is withdrawn.", party=name),
        meaning=Message(
            "It can read nothing more of yours. %(agency)s may still hold what it has received. To "
            "agree again, sign in at the service.",
            agency=agency,
        ),
        onward=again if party.client_uri else None,
    )
