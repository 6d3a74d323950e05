"""/end_session: a relying party asks to sign the person out (OIDC RP-Initiated Logout 1.0).

A valid `id_token_hint` ends the session at once; without one the person is asked on a page of
ours, and nothing is ever redirected. The pages live in the sign-in room and are reached through an
interaction.
"""

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.interactions.lookup import find_interaction
from idp.interactions.models import Interaction
from idp.interactions.opening import UNBOUND, Credit, Opening, bind_interaction, open_interaction
from idp.interactions.progress import remember_session
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.kit.secrets import token_hash
from idp.oidc.checks.context import own_id_token
from idp.oidc.parameters import MAX_LENGTH
from idp.oidc.part import OidcPart
from idp.oidc.subjects import subject_of
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.redirect_uris import with_parameters
from idp.sessions.end import end_session
from idp.sessions.lookup import CurrentSession, find_session
from idp.tokens.end import end_session_grants
from idp.tokens.logout import list_front_channels, list_session_parties
from idp.web.browser import BrowserId, browser_id, session_token
from idp.web.cookies import clear_session, forget_state
from idp.web.db import transaction
from idp.web.forms import Form, Query
from idp.web.language import apply_ui_locales
from idp.web.messages import N_
from idp.web.refusals import RequestRefused
from idp.web.share import take_share

router = APIRouter()


@dataclass(frozen=True)
class Hint:
    """A valid `id_token_hint`: whose session it is from, and for which party it was made."""

    party: RegisteredParty
    subject: str
    sid: UUID

    def fits(self, session: CurrentSession | None, keyring: Keyring) -> bool:
        """Whether it speaks of whoever is signed in; with nobody signed in it speaks for itself."""
        if session is None:
            return True
        return self.subject == subject_of(session.person_id, self.party, keyring)


@router.get("/end_session")
def sign_out(request: Request, query: Query) -> Response:
    """Sign out."""
    apply_ui_locales(request, query.get("ui_locales"))
    return _sign_out(request, query, is_cross_site=False)


@router.post("/end_session")
def sign_out_by_post(request: Request, form: Form) -> Response:
    """The same by a form, which carries no cookie of ours when it comes from another site."""
    return _sign_out(request, form, is_cross_site=True)


@router.get("/end_session/resume/{interaction_id}")
def resume(request: Request, interaction_id: UUID, browser: BrowserId) -> Response:
    """Take over what a cross-site form began, with this browser's cookies.

    Whoever is signed in here is signed out only by a hint of their own; else they are asked.
    """
    browser_hash = token_hash(browser)
    with transaction(request) as db:
        bind_interaction(db, interaction_id=interaction_id, browser_hash=browser_hash)
        interaction = find_interaction(db, interaction_id=interaction_id, browser_hash=browser_hash)
        if interaction is None or interaction.return_path != request.url.path:
            raise RequestRefused(400, N_("This page is no longer valid. Sign out again."))
        session = find_session(db, token=session_token(request))
        hint = _stored_hint(request, db, interaction)
        is_done = hint is not None and hint.fits(session, OidcPart.of(request).keyring)
        if is_done:
            if session is not None:
                _end(db, interaction.relying_party_id, session.sid, session)
            clear_session(request)
        return _to_page(interaction.id, is_done=is_done)


def _sign_out(request: Request, asked: dict[str, str], *, is_cross_site: bool) -> Response:
    with transaction(request) as db:
        hint = _read_hint(request, db, asked)
        target = _target(asked, hint)
        session = None if is_cross_site else find_session(db, token=session_token(request))
        if hint is None or not hint.fits(session, OidcPart.of(request).keyring):
            return _hand_over(db, request, hint, target, sid=None, is_cross_site=is_cross_site)
        sid = session.sid if session is not None else hint.sid
        others = [party for party in list_session_parties(db, sid=sid) if party != hint.party.id]
        front = list_front_channels(db, sid=sid, issuer=OidcPart.of(request).issuer.url)
        _end(db, hint.party.id, sid, session)
        if not is_cross_site:
            clear_session(request)
        else:
            forget_state(request, sid)
        if target and not others and not front:
            return RedirectResponse(target, status_code=303)
        return _hand_over(db, request, hint, target, sid=sid, is_cross_site=is_cross_site)


def _read_hint(request: Request, db: Session, asked: dict[str, str]) -> Hint | None:
    """The hint, if we signed it, expired or not, and `client_id`, where sent, agrees."""
    token = asked.get("id_token_hint", "")
    if not token or len(token) > MAX_LENGTH:
        return None
    part = OidcPart.of(request)
    claims = own_id_token(part)(token)
    if claims is None or asked.get("client_id", claims.get("aud")) != claims.get("aud"):
        return None
    party = part.relying_parties.find(claims["aud"], db=db)
    if party is None:
        return None
    return Hint(party, claims["sub"], UUID(hex=claims["sid"]))


def _stored_hint(request: Request, db: Session, interaction: Interaction) -> Hint | None:
    """The hint by which a cross-site form ended a session; None when it ended none."""
    party = OidcPart.of(request).relying_parties.find(interaction.client_id, db=db)
    if party is None or interaction.sid is None:
        return None
    return Hint(party, interaction.parameters["subject"], interaction.sid)


def _target(asked: dict[str, str], hint: Hint | None) -> str:
    """Where to go on, with `state`: only an exactly registered URI of the hint's relying party."""
    uri, state = asked.get("post_logout_redirect_uri", ""), asked.get("state", "")
    if hint is None or uri not in hint.party.post_logout_redirect_uris or len(state) > MAX_LENGTH:
        return ""
    return with_parameters(uri, {"state": state} if state else {})


def _end(
    db: Session, relying_party_id: UUID | None, sid: UUID, session: CurrentSession | None
) -> None:
    """The session and its online tokens; unspent codes die with the session."""
    if end_session(db, sid=sid):
        record(
            db,
            event="session.ended",
            reason="relying_party_sign_out",
            subject_number=session.subject_number if session else None,
            relying_party_id=relying_party_id,
            counted=False,
        )
    end_session_grants(db, sid=sid)


def _hand_over(
    db: Session,
    request: Request,
    hint: Hint | None,
    target: str,
    *,
    sid: UUID | None,
    is_cross_site: bool,
) -> Response:
    """To the page that asks, or, with the `sid` just ended, to the one that says it is done."""
    opening = Opening(
        return_path="/end_session/resume/{id}",
        lifetime=OidcPart.of(request).sessions.interaction,
        credit=Credit(relying_party_id=hint.party.id if hint else None),
        client_id=hint.party.client_id if hint else "",
        parameters={"subject": hint.subject} if hint and is_cross_site else {},
        form_action_origin=target,
        post_logout_uri=target,
    )
    take_share(request, db)
    browser_hash = UNBOUND if is_cross_site else token_hash(browser_id(request))
    interaction = open_interaction(db, opening, browser_hash=browser_hash)
    if hint is not None and sid is not None:
        remember_session(db, interaction_id=interaction.id, sid=sid)
    if is_cross_site:
        return RedirectResponse(interaction.return_path, status_code=303)
    return _to_page(interaction.id, is_done=sid is not None)


def _to_page(interaction_id: UUID, *, is_done: bool) -> Response:
    page = f"/sign-out/{interaction_id}" + ("/done" if is_done else "")
    return RedirectResponse(page, status_code=303)
