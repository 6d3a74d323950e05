"""/end_session: a relying party asks to sign the person out (OIDC RP-Initiated Logout 1.0).

A valid `id_token_hint` ends the session of the browser that brings it, at once; without one, or
with an address that is not registered, the person is asked on a page of ours. A hint alone ends
nothing: it may have been read from a log. Who is only named, by `client_id`, gets the person back
at a registered address once they have confirmed. The pages live in the sign-in room, reached
through an interaction.
"""

from dataclasses import replace
from urllib.parse import urlencode
from uuid import UUID

import structlog
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.interactions.models import Interaction
from idp.interactions.opening import UNBOUND, Credit, Opening, open_interaction, take_up
from idp.interactions.progress import remember_session
from idp.journal.errors import record_error
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.kit.secrets import new_error_id, token_hash
from idp.oidc.checks.context import own_id_token
from idp.oidc.explanations import compare_uris, explain_closed, show_unknown
from idp.oidc.parameters import MAX_LENGTH
from idp.oidc.part import OidcPart
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.redirect_uris import with_parameters
from idp.relying_parties.subjects import subject_of
from idp.sessions.end import end_session
from idp.sessions.lookup import CurrentSession
from idp.tokens.end import end_session_grants
from idp.tokens.logout import list_front_channels, list_session_parties
from idp.web.browser import BrowserId, browser_id
from idp.web.cookies import clear_session
from idp.web.db import transaction
from idp.web.forms import Form, Query
from idp.web.language import apply_ui_locales
from idp.web.messages import N_
from idp.web.refusals import RequestRefused
from idp.web.routes import Router
from idp.web.share import may_report, take_share
from idp.web.who import signed_in

router = Router()
_log = structlog.get_logger("idp.oidc")

_REFUSED = "logout.refused"
_TOLD = ("fault", "error")
"""What the page that asks is told of what is wrong."""
_NOBODY = "Neither id_token_hint nor client_id says whose post_logout_redirect_uri it is."
_NOT_OURS = "The parameter id_token_hint is not an ID token of ours."
_OTHER_CLIENT = "The parameter client_id is not the aud of the id_token_hint."
_LONG_STATE = f"A parameter exceeds {MAX_LENGTH} characters."


@immutable
class Hint:
    """A valid `id_token_hint`: of whom it speaks, and for which party it was made."""

    party: RegisteredParty
    subject: str

    def fits(self, session: CurrentSession | None, keyring: Keyring) -> bool:
        """Whether nobody else is signed in here than of whom it speaks."""
        if session is None:
            return True
        return self.subject == subject_of(session.person_id, self.party, keyring)


@immutable
class Asked:
    """What a relying party asks: with a good hint at once, else when the person has agreed.

    What is wrong is told to both: the person by a word of the page's (`fault`), the developer by
    the `reason` behind the error id. Then the person is asked, and stays on our page.
    """

    party: RegisteredParty | None = None
    hint: Hint | None = None
    target: str = ""
    """Where to go on, with `state`: only an exactly registered URI of the party."""
    fault: str = ""
    reason: str = ""
    closed_id: UUID | None = None
    """The party named that is not in operation: its agency alone finds the reason."""


@router.get("/end_session")
def sign_out(request: Request, query: Query) -> Response:
    """Sign out."""
    apply_ui_locales(request, query.get("ui_locales"))
    with transaction(request) as db:
        asked = _read(request, db, query)
        session = signed_in(request, db)
        opening = _opening(request, db, asked)
        if asked.hint is None or asked.fault or not asked.hint.fits(session, _keyring(request)):
            return _ask(_open(request, db, opening))
        is_over = _end_here(request, db, asked.hint, session)
        if opening.post_logout_uri and is_over:
            return RedirectResponse(opening.post_logout_uri, status_code=303)
        interaction = _open(request, db, opening)
        return _done(db, interaction, session)


@router.post("/end_session")
def sign_out_by_post(request: Request, form: Form) -> Response:
    """The same by a form, which carries no cookie of ours when it comes from another site."""
    with transaction(request) as db:
        opening = _opening(request, db, _read(request, db, form))
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
        session = signed_in(request, db)
        hint, is_wrong = _stored_hint(request, db, interaction), "fault" in interaction.parameters
        if hint is None or is_wrong or not hint.fits(session, _keyring(request)):
            return _ask(interaction)
        is_over = _end_here(request, db, hint, session)
        if interaction.post_logout_uri and is_over:
            return RedirectResponse(interaction.post_logout_uri, status_code=303)
        return _done(db, interaction, session)


def _read(request: Request, db: Session, sent: dict[str, str]) -> Asked:
    """Who asks, by a hint or by its name alone, and for what."""
    client_id, uri = sent.get("client_id", ""), sent.get("post_logout_redirect_uri", "")
    if sent.get("id_token_hint"):
        asked = _read_hint(request, db, sent["id_token_hint"], client_id=client_id)
    elif client_id:
        party = OidcPart.of(request).relying_parties.find(client_id, db=db)
        asked = Asked(party) if party else _ask_for_nobody(db, client_id)
    else:
        asked = Asked(fault="nobody", reason=_NOBODY) if uri else Asked()
    if asked.party is None or asked.fault or not uri:
        return asked
    known, state = asked.party.post_logout_redirect_uris, sent.get("state", "")
    if uri not in known:
        name = "post_logout_redirect_uri"
        reason = compare_uris(uri, known, known_as="registered", name=name)
        return replace(asked, fault="address", reason=reason)
    if len(state) > MAX_LENGTH:
        return replace(asked, fault="address", reason=_LONG_STATE)
    return replace(asked, target=with_parameters(uri, {"state": state} if state else {}))


def _read_hint(request: Request, db: Session, token: str, *, client_id: str) -> Asked:
    """The hint is good if we signed it, expired or not, and a `client_id` beside it agrees."""
    part = OidcPart.of(request)
    claims = own_id_token(part)(token) if len(token) <= MAX_LENGTH else None
    if claims is None:
        return Asked(fault="hint", reason=_NOT_OURS)
    party = part.relying_parties.find(claims["aud"], db=db)
    if party is None:
        return _ask_for_nobody(db, claims["aud"])
    if client_id not in ("", party.client_id):
        return Asked(party, fault="hint", reason=_OTHER_CLIENT)
    return Asked(party, Hint(party, claims["sub"]))


def _ask_for_nobody(db: Session, client_id: str) -> Asked:
    """Of a client that is unknown, or not in operation."""
    closed_id, reason = explain_closed(db, client_id=client_id) or (None, show_unknown(client_id))
    return Asked(fault="client", reason=reason, closed_id=closed_id)


def _stored_hint(request: Request, db: Session, interaction: Interaction) -> Hint | None:
    """The hint that a form brought; None when it brought none."""
    party = OidcPart.of(request).relying_parties.find(interaction.client_id, db=db)
    subject = interaction.parameters.get("subject")
    return Hint(party, subject) if party is not None and subject else None


def _note_fault(request: Request, db: Session, asked: Asked) -> str:
    """Keep the reason for the developer; the error id to show."""
    error_id, party = new_error_id(), asked.party
    _log.info(
        "request.refused",
        error_id=error_id,
        kind=_REFUSED,
        client_id=party.client_id if party else "",
        detail=asked.reason,
    )
    if may_report(request, db):
        party_id = party.id if party else asked.closed_id
        whose = {"relying_party_id": party_id.hex} if party_id else {}
        detail = {"error": "invalid_request", "description": asked.reason, **whose}
        record_error(db, error_id=error_id, kind=_REFUSED, detail=detail)
    return error_id


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


def _opening(request: Request, db: Session, asked: Asked) -> Opening:
    parameters = {"subject": asked.hint.subject} if asked.hint else {}
    if asked.fault:
        parameters |= {"fault": asked.fault, "error": _note_fault(request, db, asked)}
    return Opening(
        return_path="/end_session/resume/{id}",
        lifetime=OidcPart.of(request).sessions.interaction,
        credit=Credit(relying_party_id=asked.party.id if asked.party else None),
        client_id=asked.party.client_id if asked.party else "",
        parameters=parameters,
        form_action_origin=asked.target,
        post_logout_uri=asked.target,
    )


def _open(request: Request, db: Session, opening: Opening) -> Interaction:
    take_share(request, db)
    return open_interaction(db, opening, browser_hash=token_hash(browser_id(request)))


def _done(db: Session, interaction: Interaction, session: CurrentSession | None) -> Response:
    """To the page that says so, and what of the session that ended may still be open."""
    if session is not None:
        remember_session(db, interaction_id=interaction.id, sid=session.sid)
    return RedirectResponse(f"/sign-out/{interaction.id}/done", status_code=303)


def _ask(interaction: Interaction) -> Response:
    """To the page that asks, and says what is wrong with what was sent."""
    told = {name: interaction.parameters[name] for name in _TOLD if name in interaction.parameters}
    query = f"?{urlencode(told)}" if told else ""
    return RedirectResponse(f"/sign-out/{interaction.id}{query}", status_code=303)


def _keyring(request: Request) -> Keyring:
    return OidcPart.of(request).keyring
