"""The page of one application, its configuration, and how applications are listed."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from idp.catalogue.models import PublicService
from idp.journal.errors import RecordedError, find_ignored_scopes, find_party_error
from idp.kit.immutable import immutable
from idp.kit.secrets import read_error_id
from idp.outbox.messages import list_messages
from idp.outbox.models import OutboxMessage
from idp.portal.entry import Frame, StaffVisit, Visitor, for_staff, get_own_party
from idp.portal.form_parts import PARTS, Part
from idp.portal.reasons import read_reason
from idp.portal.snippets import Snippet, build_snippets
from idp.relying_parties.client_fields import FIELDS, ClientMetadata
from idp.relying_parties.field_kinds import ClientField
from idp.relying_parties.logos import find_fetch
from idp.relying_parties.lookup import PartyRecord, find_production_twin
from idp.relying_parties.models import Environment, RelyingParty, RelyingPartyState
from idp.relying_parties.review import is_stopped, may_change, version_of
from idp.relying_parties.waiting import proposed_metadata, waits_for_owner
from idp.tokens.logout import BACKCHANNEL_LOGOUT
from idp.web.cookies import clear_kept
from idp.web.forms import Query, read_page
from idp.web.language import language_of
from idp.web.links import logo_path
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()

_DELIVERIES = 10


@immutable
class ServiceLine:
    """A service, as a line of text."""

    code: str
    name: str
    required_acr: str


@immutable
class ClientLine:
    """An application in a list."""

    client_id: str
    name: str
    environment: str
    state: str
    has_proposal: bool
    waits_for_owner: bool
    needs_secret: bool
    """Whether it is live but was never given the secret it must have."""
    updated_at: datetime
    services: tuple[ServiceLine, ...]

    @property
    def href(self) -> str:
        """Its page."""
        return f"/portal/applications/{self.client_id}"


@immutable
class LogoLine:
    """What became of a logo: shown, on its way, or not shown."""

    path: str
    """Where it is shown; empty while it is not."""
    is_on_its_way: bool
    told: str
    """What came of the last attempt to fetch it."""


@immutable
class ApplicationPage:
    """One application."""

    frame: Frame
    client: ClientLine
    system: str
    fields: Mapping[str, ClientField]
    metadata: ClientMetadata
    proposed: ClientMetadata | None
    review_note: str
    has_secret: bool
    is_stopped: bool
    """Whether its sandbox application is suspended, so that it goes no further."""
    may_change: bool
    may_submit: bool
    may_make_secret: bool
    version: str
    """Of what is shown, for whoever submits it."""
    production: RelyingParty | None
    production_waits_for_owner: bool
    parts: Mapping[str, Part]
    """Of the form about it."""
    deliveries: list[OutboxMessage]
    logo: LogoLine | None
    """Its logo, where it has registered one."""
    ignored: RecordedError | None
    """The scope values that it asked for in vain lately, each with why."""
    error_id: str
    """The error code looked up; empty for none."""
    refusal: RecordedError | None
    reason: tuple[Message, ...]
    """Why, in sentences that can be translated; empty where the words are not known."""


@immutable
class ConfigurationPage:
    """Configuration to copy, for one program."""

    frame: Frame
    client: ClientLine
    uses_secret: bool
    has_secret: bool
    may_make_secret: bool
    snippets: tuple[Snippet, ...]
    snippet: Snippet
    """The one that is shown."""


@router.get("/portal/applications/{client_id}")
@for_staff
def show_application(visit: StaffVisit, client_id: str, query: Query) -> Response:
    """One application of the agency: its state, what to do next.

    `error` is the code of a refused request of its own, whose reason is shown.
    """
    clear_kept(visit.request)
    record = get_own_party(visit, client_id)
    page = _application(visit, record, error_id=read_error_id(query.get("error", "")))
    return render(visit.request, "portal/application.html", page)


@router.get("/portal/applications/{client_id}/configuration")
@for_staff
def show_configuration(visit: StaffVisit, client_id: str, query: Query) -> Response:
    """Configuration to copy; `snippet` is the number of the program it is for, from 1."""
    record = get_own_party(visit, client_id)
    party, metadata = record.party, record.metadata
    client = client_line(record, language_of(visit.request))
    if party.state is not RelyingPartyState.LIVE:
        return RedirectResponse(client.href, status_code=303)
    snippets = build_snippets(
        issuer=Site.of(visit.request).issuer,
        client_id=party.client_id,
        client_secret=None,
        metadata=metadata,
    )
    page = ConfigurationPage(
        frame=visit.visitor.frame,
        client=client,
        uses_secret=metadata.uses_secret,
        has_secret=party.client_secret_hash is not None,
        may_make_secret=may_make_secret(visit.visitor, record),
        snippets=snippets,
        snippet=chosen_snippet(snippets, query),
    )
    return render(visit.request, "portal/configuration.html", page)


def chosen_snippet(snippets: tuple[Snippet, ...], query: Mapping[str, str]) -> Snippet:
    """The one of the number in the query, counted from 1; the first for none."""
    return snippets[min(read_page(query.get("snippet", "")), len(snippets)) - 1]


def _application(visit: StaffVisit, record: PartyRecord, *, error_id: str) -> ApplicationPage:
    db, language = visit.db, language_of(visit.request)
    party, metadata = record.party, record.metadata
    is_sandbox = party.environment is Environment.SANDBOX
    production = find_production_twin(db, sandbox_id=party.id) if is_sandbox else None
    stopped = is_stopped(db, party)
    refusal = find_party_error(db, error_id=error_id, relying_party_id=party.id)
    return ApplicationPage(
        frame=visit.visitor.frame,
        client=client_line(record, language),
        system=record.system.name(language),
        fields=FIELDS,
        metadata=metadata,
        proposed=proposed_metadata(party, current=metadata),
        review_note=party.review_note,
        has_secret=party.client_secret_hash is not None,
        is_stopped=stopped,
        may_change=may_change(party) and not stopped,
        may_submit=visit.visitor.may_submit(record) and not stopped,
        may_make_secret=may_make_secret(visit.visitor, record),
        version=version_of(party, current=metadata),
        production=production,
        production_waits_for_owner=production is not None and waits_for_owner(production),
        parts=PARTS,
        deliveries=list_messages(
            db, kind=BACKCHANNEL_LOGOUT, recipient=str(party.id), limit=_DELIVERIES
        ),
        logo=_logo(db, party),
        ignored=find_ignored_scopes(db, relying_party_id=party.id),
        error_id=error_id,
        refusal=refusal,
        reason=read_reason(refusal.detail["description"]) if refusal else (),
    )


def _logo(db: Session, party: RelyingParty) -> LogoLine | None:
    if not party.logo_uri:
        return None
    fetch = find_fetch(db, party=party)
    path = logo_path(party.logo_hash)
    is_on_its_way = fetch is not None and fetch.outcome is None and not path
    return LogoLine(path, is_on_its_way, fetch.last_status if fetch else "")


def client_line(record: PartyRecord, language: str) -> ClientLine:
    """The application in the visitor's language."""
    party = record.party
    return ClientLine(
        client_id=party.client_id,
        name=party.name(language),
        environment=party.environment.value,
        state=party.state.value,
        has_proposal=party.proposed is not None,
        waits_for_owner=waits_for_owner(party),
        needs_secret=_may_have_secret(party) and party.client_secret_hash is None,
        updated_at=party.updated_at,
        services=tuple(service_line(service, language) for service in record.services),
    )


def service_line(service: PublicService, language: str) -> ServiceLine:
    """The service in the visitor's language."""
    return ServiceLine(service.procedure_code, service.name(language), service.required_acr)


def may_make_secret(visitor: Visitor, record: PartyRecord) -> bool:
    """Whether a secret can be made, and by them: in production by an owner."""
    is_sandbox = record.party.environment is Environment.SANDBOX
    return _may_have_secret(record.party) and (is_sandbox or visitor.may_submit(record))


def _may_have_secret(party: RelyingParty) -> bool:
    """The client uses one and is live."""
    return party.uses_secret and party.state is RelyingPartyState.LIVE
