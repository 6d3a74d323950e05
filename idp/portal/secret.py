"""The client secret: shown once when it is made, made anew on demand.

Of two clicks on a button the browser shows the answer to the second: it is that of the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from starlette.responses import RedirectResponse, Response

from idp.kit import clock
from idp.kit.secrets import new_token
from idp.portal.applications import may_make_secret
from idp.portal.entry import Frame, StaffVisit, for_secrets, for_staff, get_own_party
from idp.portal.form_page import to_application
from idp.portal.snippets import Snippet, build_snippets
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.lookup import PartyRecord
from idp.relying_parties.models import Environment, RelyingParty
from idp.relying_parties.secrets import may_show_again, rotate_secret, secret_of_form
from idp.web.csrf import OwnForm
from idp.web.forms import read_instant
from idp.web.language import language_of
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()


@dataclass(frozen=True)
class RotatePage:
    """Asks before the old secret dies. `version` keeps a form sent twice from doing it twice."""

    frame: Frame
    client_id: str
    name: str
    is_production: bool
    has_secret: bool
    version: str
    once: str
    """What the form makes the secret of."""
    is_overtaken: bool
    """Whether another secret was made since the form that was sent."""


@dataclass(frozen=True)
class SecretPage:
    """The secret, this once, with configuration to copy."""

    frame: Frame
    client_id: str
    name: str
    secret: str
    is_first: bool
    issuer: str
    discovery: str
    snippets: tuple[Snippet, ...]


@router.get("/portal/applications/{client_id}/secret")
@for_staff
def show_rotate(visit: StaffVisit, client_id: str) -> Response:
    """What a new secret means, and the button."""
    record = get_own_party(visit, client_id)
    if not may_make_secret(visit.visitor, record):
        return to_application(client_id)
    return _ask(visit, record)


def _ask(visit: StaffVisit, record: PartyRecord, *, is_overtaken: bool = False) -> Response:
    party = record.party
    page = RotatePage(
        frame=visit.visitor.frame,
        client_id=party.client_id,
        name=party.name(language_of(visit.request)),
        is_production=party.environment is Environment.PRODUCTION,
        has_secret=party.client_secret_hash is not None,
        version=party.updated_at.isoformat(),
        once=new_token(),
        is_overtaken=is_overtaken,
    )
    status = 409 if is_overtaken else 200
    return render(visit.request, "portal/rotate.html", page, status=status)


@router.post("/portal/applications/{client_id}/secret")
@for_secrets
def rotate(visit: StaffVisit, client_id: str, fields: OwnForm) -> Response:
    """Make a new secret and show it once; the old one is dead at once.

    Sent again by the same browser at once, it shows what it made; later, or after somebody else
    made another, it asks anew.
    """
    record = get_own_party(visit, client_id)
    party, version = record.party, read_instant(fields.get("version", ""))
    if version is None or not may_make_secret(visit.visitor, record):
        return to_application(client_id)
    value, at = form_secret(visit, fields, party_id=party.id, version=version), clock.now()
    made = rotate_secret(
        visit.db, relying_party_id=party.id, at=at, unless_changed_since=version, value=value
    )
    if made is None:
        visit.db.refresh(party)
        if not may_show_again(party, value, at=at):
            return _ask(visit, record, is_overtaken=True)
    return show_secret(
        visit,
        party=party,
        metadata=record.metadata,
        secret=made or value,
        is_first="is_first" in fields,
    )


def form_secret(
    visit: StaffVisit,
    fields: Mapping[str, str],
    *,
    party_id: UUID,
    version: datetime | None = None,
) -> str:
    """The secret that the form makes, if it says what of; `version` is what it replaces."""
    return secret_of_form(
        Site.of(visit.request).keyring,
        once=fields.get("once", ""),
        version=version.isoformat() if version else "",
        relying_party_id=party_id,
        sid=visit.visitor.session.sid,
    )


def to_new_secret(client_id: str) -> Response:
    """To the page with the button: the secret there is was never shown."""
    return RedirectResponse(f"/portal/applications/{client_id}/secret", status_code=303)


def show_secret(
    visit: StaffVisit,
    *,
    party: RelyingParty,
    metadata: ClientMetadata,
    secret: str,
    is_first: bool,
) -> Response:
    """The one page that holds the secret; it is never stored."""
    issuer = Site.of(visit.request).issuer
    page = SecretPage(
        frame=visit.visitor.frame,
        client_id=party.client_id,
        name=party.name(language_of(visit.request)),
        secret=secret,
        is_first=is_first,
        issuer=issuer.url,
        discovery=f"{issuer.url}/.well-known/openid-configuration",
        snippets=build_snippets(
            issuer=issuer,
            client_id=party.client_id,
            client_secret=secret,
            metadata=metadata,
        ),
    )
    return render(visit.request, "portal/secret.html", page)
