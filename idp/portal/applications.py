"""The first page, and the page of one application."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.catalogue.lookup import list_services, list_systems
from idp.journal.errors import RecordedError, find_party_error
from idp.outbox.history import list_messages
from idp.outbox.models import OutboxMessage
from idp.portal.entry import Frame, Visitor, admit, get_own_party
from idp.portal.snippets import Snippet, build_snippets
from idp.portal.views import (
    ClientLine,
    ServiceLine,
    client_line,
    needs_secret,
    service_line,
)
from idp.relying_parties.auth_methods import SECRET_METHODS
from idp.relying_parties.client_fields import FIELDS, ClientMetadata
from idp.relying_parties.field_kinds import ClientField
from idp.relying_parties.lookup import PartyRecord, find_production_twin, list_parties
from idp.relying_parties.models import Environment, RelyingParty
from idp.relying_parties.review import may_change, proposed_metadata
from idp.tokens.logout import BACKCHANNEL_LOGOUT
from idp.web.db import transaction
from idp.web.forms import Query
from idp.web.language import language_of
from idp.web.site import Site
from idp.web.templates import render

router = APIRouter()

_DELIVERIES = 10


@dataclass(frozen=True)
class SystemPanel:
    """A system with its applications and services."""

    code: str
    name: str
    login_state: str
    clients: tuple[ClientLine, ...]
    services: tuple[ServiceLine, ...]


@dataclass(frozen=True)
class HomePage:
    """Everything the agency has here."""

    frame: Frame
    systems: tuple[SystemPanel, ...]
    other_services: tuple[ServiceLine, ...]


@dataclass(frozen=True)
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
    uses_secret: bool
    may_change: bool
    needs_secret: bool
    production: RelyingParty | None
    issuer: str
    snippets: tuple[Snippet, ...]
    deliveries: list[OutboxMessage]
    error_id: str
    """The error code looked up; empty for none."""
    refusal: RecordedError | None


@router.get("/portal")
def show_home(request: Request) -> Response:
    """The agency's systems, services and applications with their states."""
    with transaction(request) as db:
        visitor = admit(request, db, return_path="/portal")
        if isinstance(visitor, Response):
            return visitor
        return render(request, "portal/home.html", _home(db, visitor, language_of(request)))


@router.get("/portal/applications/{client_id}")
def show_application(request: Request, client_id: str, query: Query) -> Response:
    """One application of the agency: its state, what to do next, configuration to copy.

    `error` is the code of a refused request of its own, whose reason is shown.
    """
    with transaction(request) as db:
        visitor = admit(request, db, return_path="/portal")
        if isinstance(visitor, Response):
            return visitor
        record = get_own_party(db, visitor=visitor, client_id=client_id)
        error_id = query.get("error", "").strip().upper()
        page = _application(request, db, visitor, record, error_id=error_id)
        return render(request, "portal/application.html", page)


def _home(db: Session, visitor: Visitor, language: str) -> HomePage:
    records = list_parties(db, agency_ids=visitor.agency_ids)
    services = list_services(db, agency_ids=visitor.agency_ids)
    systems = list_systems(db, agency_ids=visitor.agency_ids)
    panels = tuple(
        SystemPanel(
            code=system.code,
            name=system.name(language),
            login_state=system.login_state.value,
            clients=tuple(
                client_line(record, language) for record in records if record.system.id == system.id
            ),
            services=tuple(
                service_line(service, language)
                for service in services
                if service.system_id == system.id
            ),
        )
        for system in systems
    )
    own = {system.id for system in systems}
    others = tuple(service_line(s, language) for s in services if s.system_id not in own)
    return HomePage(visitor.frame, panels, others)


def _application(
    request: Request, db: Session, visitor: Visitor, record: PartyRecord, *, error_id: str
) -> ApplicationPage:
    issuer = Site.of(request).issuer
    party, language = record.party, language_of(request)
    metadata = record.metadata
    is_sandbox = party.environment is Environment.SANDBOX
    return ApplicationPage(
        frame=visitor.frame,
        client=client_line(record, language),
        system=record.system.name(language),
        fields=FIELDS,
        metadata=metadata,
        proposed=proposed_metadata(party, current=metadata),
        review_note=party.review_note,
        has_secret=party.client_secret_hash is not None,
        uses_secret=metadata.token_endpoint_auth_method in SECRET_METHODS,
        may_change=may_change(party),
        needs_secret=needs_secret(party),
        production=find_production_twin(db, sandbox_id=party.id) if is_sandbox else None,
        issuer=issuer.url,
        snippets=build_snippets(
            issuer=issuer,
            client_id=party.client_id,
            client_secret=None,
            metadata=metadata,
        ),
        deliveries=list_messages(
            db, kind=BACKCHANNEL_LOGOUT, recipient=str(party.id), limit=_DELIVERIES
        ),
        error_id=error_id,
        refusal=find_party_error(db, error_id=error_id, relying_party_id=party.id),
    )
