"""/end_session: a relying party asks to sign the person out (OIDC RP-Initiated Logout 1.0).

A valid `id_token_hint` ends the session of the browser that brings it, at once; without one the
person is asked on a page of ours, and nothing is ever redirected. A hint alone ends nothing: it may
have been read from a log. The pages live in the sign-in room, reached through an interaction.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.interactions.models import Interaction
from idp.interactions.opening import UNBOUND, Credit, Opening, open_interaction, take_up
from idp.interactions.progress import remember_session
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.kit.secrets import token_hash
from idp.oidc.checks.context import own_id_token
from idp.oidc.parameters import MAX_LENGTH
from idp.oidc.part import OidcPart
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.redirect_uris import with_parameters
from idp.relying_parties.subjects import subject_of
from idp.sessions.end import end_session
from idp.sessions.lookup import CurrentSession, find_session
from idp.tokens.end import end_session_grants
from idp.tokens.logout import list_front_channels, list_session_parties
from idp.web.browser import BrowserId, browser_id, session_token
from idp.web.cookies import clear_session
from idp.web.db import transaction
from idp.web.forms import Form, Query
from idp.web.language import apply_ui_locales
from idp.web.messages import N_
from idp.web.refusals import RequestRefused
from idp.web.routes import Router
from idp.web.share import take_share

router = Router()


@dataclass(frozen=True)
class Hint:
    """A valid `id_token_hint`: of whom it speaks, and for which party it was made."""

    party: RegisteredParty
    subject: str

    def fits(self, session: CurrentSession | None, keyring: Keyring) -> bool:
        """Whether nobody else is signed in here than of whom it speaks."""
        if session is None:
            return True
        return self.subject == subject_of(session.person_id, self.party, keyring)


@router.get("/end_session")
def sign_out(request: Request, query: Query) -> Response:
    """Sign out."""
    apply_ui_locales(request, query.get("ui_locales"))
    with transaction(request) as db:
        hint = _read_hint(request, db, query)
        session = find_session(
            db, keyring=OidcPart.of(request).keyring, token=session_token(request)
        )
        opening = _opening(request, hint, _target(query, hint))
        if hint is None or not hint.fits(session, OidcPart.of(request).keyring):
            return _to_page(_open(request, db, opening).id, is_done=False)
        is_over = _end_here(request, db, hint, session)
        if opening.post_logout_uri and is_over:
            return RedirectResponse(opening.post_logout_uri, status_code=303)
        interaction = _open(request, db, opening)
        return _done(db, interaction, session)


@router.post("/end_session")
def sign_out_by_post(request: Request, form: Form) -> Response:
    """The same by a form, which carries no cookie of ours when it comes from another site."""
    with transaction(request) as db:
        hint = _read_hint(request, db, form)
        opening = _opening(request, hint, _target(form, hint))
        take_share(request, db)
        interaction = open_interaction(db, opening, browser_hash=UNBOUND)
        return RedirectResponse(interaction.return_path, status_code=303)


@router.get("/end_session/resume/{interaction_id}")
def resume(request: Request, interaction_id: UUID, browser: BrowserId) -> Response:
    """Take over what a form began, with this browser's cookies.

    Whoever is signed in here is signed out only by a hint of their own; else they are asked.
    """
    with transaction(request) as db:
        interaction, _ = take_up(
            db, interaction_id=interaction_id, browser_hash=token_hash(browser)
        )
        if interaction is None or interaction.return_path != request.url.path:
            raise RequestRefused(400, N_("This page is no longer valid. Sign out again."))
        session = find_session(
            db, keyring=OidcPart.of(request).keyring, token=session_token(request)
        )
        hint = _stored_hint(request, db, interaction)
        if hint is None or not hint.fits(session, OidcPart.of(request).keyring):
            return _to_page(interaction.id, is_done=False)
        is_over = _end_here(request, db, hint, session)
        if interaction.post_logout_uri and is_over:
            return RedirectResponse(interaction.post_logout_uri, status_code=303)
        return _done(db, interaction, session)


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
    return Hint(party, claims["sub"])


def _stored_hint(request: Request, db: Session, interaction: Interaction) -> Hint | None:
    """The hint that a form brought; None when it brought none."""
    party = OidcPart.of(request).relying_parties.find(interaction.client_id, db=db)
    subject = interaction.parameters.get("subject")
    return Hint(party, subject) if party is not None and subject else None


def _target(asked: dict[str, str], hint: Hint | None) -> str:
    """Where to go on, with `state`: only an exactly registered URI of the hint's relying party."""
    uri, state = asked.get("post_logout_redirect_uri", ""), asked.get("state", "")
    if hint is None or uri not in hint.party.post_logout_redirect_uris or len(state) > MAX_LENGTH:
        return ""
    return with_parameters(uri, {"state": state} if state else {})


def _end_here(request: Request, db: Session, hint: Hint, session: CurrentSession | None) -> bool:
    """End this browser's session, if it has one, with its tokens; unspent codes die with it.

    Whether no other service of it may still be open.
    """
    clear_session(request)
    if session is None:
        return True
    used, part = list_session_parties(db, sid=session.sid), OidcPart.of(request)
    front = list_front_channels(
        db,
        sid=session.sid,
        issuer=part.issuer.url,
        parties=part.relying_parties,
        keyring=part.keyring,
    )
    if end_session(db, sid=session.sid):
        record(
            db,
            event="session.ended",
            reason="relying_party_sign_out",
            subject_number=session.subject_number,
            relying_party_id=hint.party.id,
            counted=False,
        )
    end_session_grants(db, sid=session.sid)
    return not front and all(party == hint.party.id for party in used)


def _opening(request: Request, hint: Hint | None, target: str) -> Opening:
    return Opening(
        return_path="/end_session/resume/{id}",
        lifetime=OidcPart.of(request).sessions.interaction,
        credit=Credit(relying_party_id=hint.party.id if hint else None),
        client_id=hint.party.client_id if hint else "",
        parameters={"subject": hint.subject} if hint else {},
        form_action_origin=target,
        post_logout_uri=target,
    )


def _open(request: Request, db: Session, opening: Opening) -> Interaction:
    take_share(request, db)
    return open_interaction(db, opening, browser_hash=token_hash(browser_id(request)))


def _done(db: Session, interaction: Interaction, session: CurrentSession | None) -> Response:
    """To the page that says so, and what of the session that ended may still be open."""
    if session is not None:
        remember_session(db, interaction_id=interaction.id, sid=session.sid)
    return _to_page(interaction.id, is_done=True)


def _to_page(interaction_id: UUID, *, is_done: bool) -> Response:
    page = f"/sign-out/{interaction_id}" + ("/done" if is_done else "")
    return RedirectResponse(page, status_code=303)
