"""What a right factor does: a session begins or rises; and who is said to have shown it."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.registration import Registered
from idp.factors.attempts import Attempt
from idp.factors.attempts import settle_right as settle
from idp.factors.credentials import Credentials
from idp.factors.kinds import PASSWORD, Kind
from idp.interactions.models import Interaction
from idp.interactions.progress import remember_session
from idp.journal.record import record
from idp.kit.secrets import token_hash
from idp.sessions.end import end_session
from idp.sessions.evidence import Evidence, shown_at
from idp.sessions.lookup import CurrentSession
from idp.sessions.new_browser import tell_of_new_browser
from idp.sessions.start import raise_session, start_session
from idp.signin.part import SignInPart
from idp.signin.progress import find_step, go_to
from idp.signin.repeats import answered, keep
from idp.tokens.end import end_session_grants
from idp.web import attempts
from idp.web.browser import browser_id
from idp.web.cookies import set_session
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.trusted_proxy import client_ip

_FEW = 5
"""So many tries left are told."""


def count_attempt(
    request: Request, db: Session, interaction: Interaction, kind: Kind, *, at: datetime
) -> Attempt:
    """Count an attempt of whoever claims to sign in here, before its secret is checked."""
    return attempts.count_attempt(
        request,
        db,
        kind,
        settings=SignInPart.of(request).throttle,
        person_id=interaction.person_id,
        identifier_hash=interaction.identifier_hash,
        trace={
            "sign_in_id": interaction.id,
            "relying_party_id": interaction.relying_party_id,
            "service_id": interaction.service_id,
        },
        at=at,
    )


def settle_right(
    request: Request,
    db: Session,
    attempt: Attempt,
    *,
    shown: tuple[Kind, ...] = (),
    at: datetime,
) -> str | None:
    """`factors.attempts.settle_right`, by the rules of this provider."""
    assurance = SignInPart.of(request).assurance
    return settle(db, attempt, assurance=assurance, shown=shown, at=at)


def last_tries_message(left: int | None) -> Message | None:
    """What a person is told who has few tries left; None for many."""
    if left is None or left > _FEW:
        return None
    if left < 1:
        return Message(
            "This was not right, and no tries are left from your network for some hours. A "
            "one-stop shop helps sooner: take your ID card."
        )
    return Message(
        "This was not right. You can try %(num)s more time from your network, then not for hours. "
        "You can also get help at a one-stop shop: take your ID card.",
        "This was not right. You can try %(num)s more times from your network, then not for hours. "
        "You can also get help at a one-stop shop: take your ID card.",
        num=left,
    )


def sign_in(
    request: Request,
    db: Session,
    interaction: Interaction,
    *,
    account: Credentials | Registered,
    before: CurrentSession | None,
    evidence: Evidence | None = None,
    proven_at: datetime | None = None,
    at: datetime,
) -> CurrentSession:
    """Begin a session after a password, or renew the one the same person has in this browser.

    Another person's session in this browser ends. What the session holds is what was proven now:
    one factor, the password unless `evidence` says another, and who they are, if `proven_at` says
    so. The cookie has a new value either way.
    """
    evidence = evidence or shown_at(at, PASSWORD)
    if before is not None and before.person_id == account.person_id:
        renewed = raise_to(request, db, interaction, before, evidence, at=at)
        if renewed is not None:
            return renewed
    elif before is not None:
        end_session(db, sid=before.sid)
        end_session_grants(db, sid=before.sid)
    session = CurrentSession(
        sid=uuid4(),
        person_id=account.person_id,
        subject_number=account.subject_number,
        name="",
        proofing=account.proofing,
        locale="",
        credentials_epoch=account.credentials_epoch,
        evidence=evidence,
        last_seen_at=at,
        proven_at=proven_at,
        rules=Site.of(request).factor_rules,
    )
    return begin_anew(request, db, interaction, session, at=at)


def tell_if_new(
    request: Request,
    db: Session,
    interaction: Interaction,
    session: CurrentSession,
    *,
    before: CurrentSession | None,
    at: datetime,
) -> None:
    """Have the person told of a session that began in a browser not known as theirs."""
    if before is not None and session.sid == before.sid:
        return
    tell_of_new_browser(
        db,
        session=session,
        browser_hash=token_hash(browser_id(request)),
        relying_party_id=interaction.relying_party_id,
        service_id=interaction.service_id,
        at=at,
    )


def begin_anew(
    request: Request,
    db: Session,
    interaction: Interaction,
    session: CurrentSession,
    *,
    at: datetime,
) -> CurrentSession:
    """Begin a session of that person, epoch and evidence in this browser, with a name of its own.

    For someone signed in here whose every session ends with what they did.
    """
    started = start_session(
        db,
        keyring=Site.of(request).keyring,
        settings=Site.of(request).sessions,
        person_id=session.person_id,
        credentials_epoch=session.credentials_epoch,
        evidence=session.evidence,
        at=at,
        source_address=client_ip(request),
        user_agent=request.headers.get("user-agent", ""),
        proven_at=session.proven_at,
    )
    set_session(request, started.token, sid=started.sid)
    begun = replace(session, sid=started.sid, last_seen_at=at, device=started.device)
    _note(db, interaction, begun, event="session.started", at=at)
    return begun


def raise_to(
    request: Request,
    db: Session,
    interaction: Interaction,
    session: CurrentSession,
    evidence: Evidence,
    *,
    at: datetime,
) -> CurrentSession | None:
    """Note what the person has shown by now, with a new cookie value; None for an ended session."""
    site = Site.of(request)
    token = raise_session(
        db,
        keyring=site.keyring,
        settings=site.sessions,
        sid=session.sid,
        person_id=session.person_id,
        evidence=evidence,
        at=at,
    )
    if token is None:
        return None
    set_session(request, token, sid=session.sid)
    raised = replace(session, evidence=evidence)
    _note(db, interaction, raised, event="session.raised", at=at)
    return raised


def go_on_as(
    request: Request,
    db: Session,
    interaction: Interaction,
    session: CurrentSession | None,
    *,
    credentials: Credentials | None = None,
    page: str = "",
) -> Response:
    """Send the browser on from a factor: to that page, else to what comes next.

    The interaction keeps whose session it has come to, with the answer to the form. None for a
    session that has ended meanwhile.
    """
    page = page or find_step(request, db, interaction, session, credentials=credentials).page
    response = go_to(request, interaction, page)
    if session is None:
        return keep(request, db, interaction, response)
    remember_session(
        db,
        interaction_id=interaction.id,
        person_id=session.person_id,
        sid=session.sid,
        answered=answered(request, response),
    )
    return response


def _note(
    db: Session,
    interaction: Interaction,
    session: CurrentSession,
    *,
    event: str,
    at: datetime,
) -> None:
    record(
        db,
        event=event,
        at=at,
        sign_in_id=interaction.id,
        subject_number=session.subject_number,
        relying_party_id=interaction.relying_party_id,
        counted=False,
        data={
            "authentication": session.authentication,
            "amr": list(session.amr),
            **({"device": session.device} if session.device else {}),
        },
    )
