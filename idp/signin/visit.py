"""What every sign-in page begins with: its interaction, in the browser it belongs to."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.interactions.lookup import find_interaction, find_past_interaction
from idp.interactions.models import Interaction
from idp.kit.secrets import token_hash
from idp.registry.models import Environment
from idp.registry.party import RegisteredParty, RegisteredService
from idp.web.headers import allow_form_action
from idp.web.language import language_of
from idp.web.templates import render


@dataclass(frozen=True)
class Going:
    """Where the sign-in leads: the service and agency each page names; empty when it is our own.

    A sandbox application is live for anybody who has its link, and nobody has approved it: pages
    say so.
    """

    service: str = ""
    agency: str = ""
    party: str = ""
    is_sandbox: bool = False


@dataclass(frozen=True)
class Expired:
    """The page for a link that is over or belongs to another browser; it never says which.

    `start_uri` is where the service lets a sign-in begin, in the browser that had begun one there.
    """

    start_uri: str = ""


def begin_visit(
    request: Request, db: Session, *, interaction_id: str, browser_id: str
) -> Interaction | None:
    """The live interaction of this browser; the page's forms may then lead back to its opener."""
    wanted = _read_id(interaction_id)
    if wanted is None:
        return None
    interaction = find_interaction(db, interaction_id=wanted, browser_hash=token_hash(browser_id))
    if interaction is not None and interaction.form_action_origin:
        allow_form_action(request, interaction.form_action_origin)
    if interaction is not None:
        find_party(request, interaction, db=db)
    return interaction


def show_expired(request: Request, db: Session, interaction_id: str, browser_id: str) -> Response:
    """Tell the person to start again at the service, by a link where it registered one."""
    page = Expired(_start_uri(request, db, interaction_id, browser_id))
    return render(request, "signin/expired.html", page, status=404)


def _start_uri(request: Request, db: Session, interaction_id: str, browser_id: str) -> str:
    """The service's `initiate_login_uri` (OIDC Core 4), told who the issuer is and nothing else."""
    wanted, browser_hash = _read_id(interaction_id), token_hash(browser_id)
    if wanted is None:
        return ""
    past = find_past_interaction(db, interaction_id=wanted, browser_hash=browser_hash)
    party = find_party(request, past, db=db) if past else None
    if party is None or not party.initiate_login_uri:
        return ""
    uri = party.initiate_login_uri
    issuer = urlencode({"iss": request.app.state.settings.issuer.url})
    return f"{uri}{'&' if '?' in uri else '?'}{issuer}"


def _read_id(interaction_id: str) -> UUID | None:
    try:
        return UUID(interaction_id)
    except ValueError:
        return None


def page_url(interaction: Interaction, page: str) -> str:
    """The address of another page of the interaction."""
    return f"/signin/{interaction.id}/{page}"


def going_to(request: Request, interaction: Interaction) -> Going:
    """The names to show, in the request's language. Relying parties come from memory."""
    party = find_party(request, interaction)
    if party is None:
        return Going()
    language = language_of(request)
    service = find_service(party, interaction)
    agency = service.agency if service else party.agency
    return Going(
        service=service.name(language) if service else "",
        agency=agency.name(language),
        party=party.name(language),
        is_sandbox=party.environment is Environment.SANDBOX,
    )


def find_party(
    request: Request, interaction: Interaction, *, db: Session | None = None
) -> RegisteredParty | None:
    """The relying party that began the interaction; at hand once `begin_visit` has asked."""
    client_id = interaction.parameters.get("client_id")
    if not isinstance(client_id, str):
        return None
    found: RegisteredParty | None = request.app.state.relying_parties.find(client_id, db=db)
    return found


def find_service(party: RegisteredParty, interaction: Interaction) -> RegisteredService | None:
    """The public service the interaction is for, if it names one."""
    return next((s for s in party.services.values() if s.id == interaction.service_id), None)
