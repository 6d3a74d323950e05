"""Starting a session, raising it as the person proves more, and noting that it is in use."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import table_of
from idp.kit.immutable import immutable
from idp.kit.prepared import Prepared
from idp.kit.secrets import new_token, token_hash
from idp.kit.user_agents import name_browser
from idp.sessions.evidence import Evidence
from idp.sessions.lookup import CurrentSession, owner_hash
from idp.sessions.models import SignInSession
from idp.settings.people import SessionSettings

_INSERT = Prepared(insert(table_of(SignInSession)))


@immutable
class StartedSession:
    """A new session: its public name, the cookie value that opens it, and the browser in words."""

    sid: UUID
    token: str
    device: str


def start_session(
    db: Session,
    *,
    keyring: Keyring,
    settings: SessionSettings,
    person_id: UUID,
    credentials_epoch: int,
    evidence: Evidence,
    at: datetime,
    source_address: str,
    user_agent: str,
    proven_at: datetime | None = None,
) -> StartedSession:
    """Begin a session at `at` of a person who has shown this; one statement.

    `proven_at` is when they proved in this browser who they are, by a possession of theirs, if they
    just did: a factor set up in it soon after is as good as that (`accounts.enrolment`). The
    words are kept of what the browser says of itself.
    """
    device = name_browser(user_agent)
    started = StartedSession(sid=uuid4(), token=new_token(), device=device)
    digest = token_hash(started.token)
    _INSERT.post(
        db,
        {
            "sid": started.sid,
            "token_hash": digest,
            "owner_hash": owner_hash(keyring, digest=digest, person_id=person_id),
            "person_id": person_id,
            "credentials_epoch": credentials_epoch,
            "evidence": evidence,
            "created_at": at,
            "last_seen_at": at,
            "idle_expires_at": at + settings.idle,
            "expires_at": at + settings.total,
            "proven_at": proven_at,
            "source_address": source_address,
            "user_agent": "",
            "device": device,
        },
    )
    return started


def raise_session(
    db: Session,
    *,
    keyring: Keyring,
    settings: SessionSettings,
    sid: UUID,
    person_id: UUID,
    evidence: Evidence,
    at: datetime,
) -> str | None:
    """Put what the person has shown by now into a live session, and give it a new cookie value.

    Its `sid` stays; the old cookie value is dead. None when the session has
    ended meanwhile: a sign-out wins over a slower request.
    """
    token = new_token()
    digest = token_hash(token)
    raised = db.execute(
        update(SignInSession)
        .where(
            SignInSession.sid == sid,
            SignInSession.person_id == person_id,
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > at,
        )
        .values(
            token_hash=digest,
            owner_hash=owner_hash(keyring, digest=digest, person_id=person_id),
            evidence=evidence,
            last_seen_at=at,
            idle_expires_at=at + settings.idle,
        )
        .returning(SignInSession.sid)
    ).one_or_none()
    return token if raised is not None else None


def touch_session(db: Session, *, settings: SessionSettings, session: CurrentSession) -> None:
    """Note that the session is in use, so not idle; one statement at most every `touch_every`."""
    now = clock.now()
    if now - session.last_seen_at < settings.touch_every:
        return
    db.execute(
        update(SignInSession)
        .where(SignInSession.sid == session.sid, SignInSession.ended_at.is_(None))
        .values(last_seen_at=now, idle_expires_at=now + settings.idle)
    )
