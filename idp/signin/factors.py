"""What a right or a wrong factor does: sessions begin or rise, failures are counted."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request

from idp.interactions.models import Interaction
from idp.interactions.progress import remember_session
from idp.journal.record import record
from idp.people import throttle
from idp.people.credentials import Credentials
from idp.people.throttle import Attempt, Counters, Factor
from idp.sessions.end import end_session
from idp.sessions.lookup import CurrentSession
from idp.sessions.start import raise_session, start_session
from idp.signin.next_step import ONE_FACTOR, TWO_FACTORS
from idp.signin.part import SignInPart
from idp.tokens.end import end_session_grants
from idp.web.client_ip import client_ip
from idp.web.cookies import set_session
from idp.web.messages import N_, Message
from idp.web.site import Site

AMR = {ONE_FACTOR: ("pwd",), TWO_FACTORS: ("pwd", "otp", "mfa")}


def counters_of(request: Request, interaction: Interaction) -> Counters:
    """The failure counters of whoever claims to sign in here, and of where they come from."""
    return throttle.counters_of(
        Site.of(request).keyring,
        person_id=interaction.person_id,
        identifier_hash=interaction.identifier_hash,
        browser_hash=interaction.browser_hash,
        address=client_ip(request),
    )


def count_attempt(
    request: Request,
    db: Session,
    interaction: Interaction,
    *,
    factor: Factor,
    at: datetime,
) -> Attempt:
    """Count an attempt before its secret is checked; one refused unread is journaled at once."""
    attempt = throttle.count_attempt(
        db,
        settings=SignInPart.of(request).throttle,
        counters=counters_of(request, interaction),
        person_id=interaction.person_id,
        factor=factor,
        at=at,
    )
    if not attempt.is_allowed and not attempt.source_is_blocked:
        _leave_trace(
            request,
            db,
            interaction,
            event="signin.throttled",
            factor=factor,
            credentials=attempt.credentials,
            at=at,
        )
    return attempt


def note_failure(
    request: Request,
    db: Session,
    interaction: Interaction,
    *,
    factor: Factor,
    credentials: Credentials | None,
    at: datetime,
) -> None:
    """Count a wrong secret against its source, and journal it."""
    _leave_trace(
        request,
        db,
        interaction,
        event="signin.attempt_failed",
        factor=factor,
        credentials=credentials,
        at=at,
    )


def wait_message(attempt: Attempt) -> Message:
    """What a person is told who has to wait."""
    if attempt.wait_seconds is None:
        return Message(
            N_("Too many wrong attempts. Please go to the support desk with your ID card.")
        )
    if attempt.wait_seconds >= 120:
        return Message(
            "Too many wrong attempts. Please wait %(num)s minute, then try again.",
            "Too many wrong attempts. Please wait %(num)s minutes, then try again.",
            num=-(-attempt.wait_seconds // 60),
        )
    return Message(
        "Too many wrong attempts. Please wait %(num)s second, then try again.",
        "Too many wrong attempts. Please wait %(num)s seconds, then try again.",
        num=attempt.wait_seconds,
    )


def sign_in(
    request: Request,
    db: Session,
    interaction: Interaction,
    *,
    credentials: Credentials,
    before: CurrentSession | None,
    at: datetime,
) -> CurrentSession:
    """Begin a session after a password, or renew the one the same person has in this browser.

    Another person's session in this browser ends. What the session holds is what was proven
    now: one factor. The cookie has a new value either way.
    """
    if before is not None and before.person_id == credentials.person_id:
        renewed = _raise(request, db, interaction, before, authentication=ONE_FACTOR, at=at)
        if renewed is not None:
            return renewed
    elif before is not None:
        end_session(db, sid=before.sid)
        end_session_grants(db, sid=before.sid)
    started = start_session(
        db,
        settings=Site.of(request).sessions,
        person_id=credentials.person_id,
        credentials_epoch=credentials.credentials_epoch,
        authentication=ONE_FACTOR,
        amr=AMR[ONE_FACTOR],
        at=at,
        source_address=client_ip(request),
        user_agent=request.headers.get("user-agent", ""),
    )
    set_session(request, started.token, sid=started.sid)
    session = _new_session(credentials, sid=started.sid, at=at)
    _remember(db, interaction, session, event="session.started", at=at)
    return session


def _new_session(credentials: Credentials, *, sid: UUID, at: datetime) -> CurrentSession:
    return CurrentSession(
        sid=sid,
        person_id=credentials.person_id,
        subject_number=credentials.subject_number,
        name="",
        proofing=credentials.proofing,
        locale="",
        credentials_epoch=credentials.credentials_epoch,
        authentication=ONE_FACTOR,
        amr=AMR[ONE_FACTOR],
        authenticated_at=at,
        last_seen_at=at,
    )


def add_second_factor(
    request: Request,
    db: Session,
    interaction: Interaction,
    *,
    session: CurrentSession,
    at: datetime,
) -> CurrentSession | None:
    """Raise the session to two factors, with a new cookie value; None when it has ended."""
    return _raise(request, db, interaction, session, authentication=TWO_FACTORS, at=at)


def _raise(
    request: Request,
    db: Session,
    interaction: Interaction,
    session: CurrentSession,
    *,
    authentication: int,
    at: datetime,
) -> CurrentSession | None:
    token = raise_session(
        db,
        settings=Site.of(request).sessions,
        sid=session.sid,
        authentication=authentication,
        amr=AMR[authentication],
        at=at,
    )
    if token is None:
        return None
    set_session(request, token, sid=session.sid)
    raised = replace(
        session,
        authentication=authentication,
        amr=AMR[authentication],
        authenticated_at=at,
    )
    _remember(db, interaction, raised, event="session.raised", at=at)
    return raised


def _remember(
    db: Session,
    interaction: Interaction,
    session: CurrentSession,
    *,
    event: str,
    at: datetime,
) -> None:
    remember_session(
        db, interaction_id=interaction.id, person_id=session.person_id, sid=session.sid
    )
    record(
        db,
        event=event,
        at=at,
        sign_in_id=interaction.id,
        subject_number=session.subject_number,
        relying_party_id=interaction.relying_party_id,
        counted=False,
        data={"authentication": session.authentication, "amr": list(session.amr)},
    )


def _leave_trace(
    request: Request,
    db: Session,
    interaction: Interaction,
    *,
    event: str,
    factor: Factor,
    credentials: Credentials | None,
    at: datetime,
) -> None:
    throttle.count_source_failure(db, source=counters_of(request, interaction).source, at=at)
    record(
        db,
        event=event,
        at=at,
        sign_in_id=interaction.id,
        reason=factor,
        subject_number=credentials.subject_number if credentials else None,
        relying_party_id=interaction.relying_party_id,
        service_id=interaction.service_id,
        counted=False,
    )
