"""What every sign-in page begins with: its interaction, in the browser it belongs to."""

from collections.abc import Callable
from typing import Any, Concatenate
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.factors.kinds import Kind
from idp.interactions.lookup import find_interaction, find_past_interaction
from idp.interactions.models import Interaction
from idp.interactions.opening import read_login_hint
from idp.kit.immutable import immutable
from idp.kit.secrets import token_hash
from idp.people.identifiers import hashes_of
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.redirect_uris import origin_of
from idp.sessions.lookup import CurrentSession
from idp.signin.next_step import Step
from idp.signin.part import SignInPart
from idp.signin.progress import find_step, go_to, has_identifier, own_session
from idp.signin.repeats import keep, take
from idp.web.access import as_route
from idp.web.browser import browser_id
from idp.web.headers import allow_form_action
from idp.web.language import language_of
from idp.web.links import logo_path
from idp.web.over import show_over
from idp.web.part import Site


@immutable
class Going:
    """Where a sign-in leads: the service and agency each page names; empty when it is our own.

    Nobody has approved a sandbox application: pages say so, and where it would lead.
    """

    interaction_id: str
    service: str = ""
    agency: str = ""
    party: str = ""
    is_sandbox: bool = False
    leads_to: str = ""
    """The origin of its redirect URI, or the scheme of one without; empty for a device."""
    policy_uri: str = ""
    tos_uri: str = ""
    help_uri: str = ""
    logo: str = ""
    """Where its logo is shown, if it has one."""


InteractionPage = Callable[Concatenate[Request, Session, Interaction, ...], Response]
StepPage = Callable[Concatenate[Request, Session, Interaction, CurrentSession, ...], Response]
"""What follows are the route's parameters, from the path or a form: FastAPI fills them in."""
_WAYS = "ways_to_sign_in"


def interaction_page(page: InteractionPage) -> Callable[..., Response]:
    """A page of this browser's live interaction, in one transaction, as `begin_visit` says."""
    return _page(page, takes=True)


def idempotent_page(page: InteractionPage) -> Callable[..., Response]:
    """The same with a form that comes to the same however often it is sent: it is not taken."""
    return _page(page, takes=False)


def _page(page: InteractionPage, *, takes: bool) -> Callable[..., Response]:
    def answer(request: Request, db: Session, **parameters: Any) -> Response:
        interaction = begin_visit(request, db, takes=takes)
        if isinstance(interaction, Response):
            return interaction
        return keep(request, db, interaction, page(request, db, interaction, **parameters))

    return as_route(page, answer, given=3)


def step_page(word: str) -> Callable[[StepPage], Callable[..., Response]]:
    """A page of an interaction and its session, in one transaction, as `begin_step` says."""

    def decorate(page: StepPage) -> Callable[..., Response]:
        def answer(request: Request, db: Session, **parameters: Any) -> Response:
            step = begin_step(request, db, word)
            if isinstance(step, Response):
                return step
            return keep(request, db, step[0], page(request, db, *step, **parameters))

        return as_route(page, answer, given=4)

    return decorate


def begin_visit(request: Request, db: Session, *, takes: bool = True) -> Interaction | Response:
    """The live interaction of this browser, or the page for a link that is over.

    The page's forms may then lead back to its opener. A form is taken here, once: whoever sends it
    again gets the answer to the first; `keep` the answer to it. Not where `takes` is false.
    """
    interaction = _find(request, db, takes=takes)
    if isinstance(interaction, Response):
        return interaction
    if interaction is None:
        return _over(request, db)
    if interaction.form_action_origin:
        allow_form_action(request, interaction.form_action_origin)
    find_party(request, interaction, db=db)
    return interaction


def begin_step(
    request: Request, db: Session, word: str
) -> tuple[Interaction, CurrentSession] | Response:
    """The interaction and its session, when that page is its next one; else the way to what is.

    A factor is asked only of somebody: its failures are counted by who they say they are.
    """
    interaction = begin_visit(request, db)
    if isinstance(interaction, Response):
        return interaction
    session = own_session(request, db, interaction)
    next_one = find_step(request, db, interaction, session)
    request.scope["state"][_WAYS] = next_one.kinds
    if session is None or word not in next_one.pages:
        return keep(request, db, interaction, go_to(request, interaction, next_one.page))
    if word != Step.RETURN and not has_identifier(interaction):
        return keep(request, db, interaction, go_to(request, interaction, Step.IDENTIFIER))
    return interaction, session


def ways(request: Request) -> tuple[Kind, ...]:
    """The kinds of factors that a step's person can choose from, once `begin_step` has looked."""
    kinds: tuple[Kind, ...] = request.scope["state"][_WAYS]
    return kinds


def _find(request: Request, db: Session, *, takes: bool) -> Interaction | Response | None:
    """The live interaction, or the answer that its browser was given to the same form."""
    wanted = _wanted(request)
    if wanted is None:
        return None
    browser_hash = token_hash(browser_id(request))
    if takes and request.method == "POST":
        return take(request, db, interaction_id=wanted, browser_hash=browser_hash)
    return find_interaction(db, interaction_id=wanted, browser_hash=browser_hash)


def _wanted(request: Request) -> UUID | None:
    """Which interaction the address names."""
    try:
        return UUID(request.path_params["interaction_id"])
    except ValueError:
        return None


def _over(request: Request, db: Session) -> Response:
    """The page that says so, and leads back to the service in the browser that came from there."""
    wanted, browser_hash = _wanted(request), token_hash(browser_id(request))
    past = (
        find_past_interaction(db, interaction_id=wanted, browser_hash=browser_hash)
        if wanted
        else None
    )
    return show_over(request, past, find_party(request, past, db=db) if past else None)


def going_to(request: Request, interaction: Interaction) -> Going:
    """The names to show, in the request's language. Relying parties come from memory."""
    party = find_party(request, interaction)
    if party is None:
        return Going(str(interaction.id))
    language = language_of(request)
    service = party.find_service(interaction.service_id)
    agency = service.agency if service else party.agency
    return Going(
        str(interaction.id),
        service=service.name(language) if service else "",
        agency=agency.name(language),
        party=party.name(language),
        is_sandbox=party.is_sandbox,
        leads_to=_end_of(interaction.form_action_origin),
        policy_uri=party.policy_uri,
        tos_uri=party.tos_uri,
        help_uri=party.help_uri,
        logo=logo_path(party.logo_hash),
    )


def _end_of(uri: str) -> str:
    return origin_of(uri) or uri.partition("/")[0]


def typed_number(request: Request, interaction: Interaction) -> str:
    """The number that was typed, whether or not somebody has it; of a mere hint, nothing."""
    keyring = Site.of(request).keyring
    number = read_login_hint(interaction, keyring=keyring)
    is_typed = number and interaction.identifier_hash in hashes_of(keyring, number)
    return number if is_typed else ""


def find_party(
    request: Request, interaction: Interaction, *, db: Session | None = None
) -> RegisteredParty | None:
    """The relying party that began the interaction; at hand once `begin_visit` has asked."""
    if not interaction.client_id:
        return None
    return SignInPart.of(request).relying_parties.find(interaction.client_id, db=db)
