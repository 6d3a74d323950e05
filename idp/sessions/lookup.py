"""Who is signed in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, select
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.db import NOW
from idp.kit.secrets import token_hash
from idp.people.models import Person, PersonStatus
from idp.sessions.models import SignInSession


@dataclass(frozen=True, kw_only=True)
class CurrentSession:
    """A live session and the person whose it is."""

    sid: UUID
    person_id: UUID
    subject_number: int
    name: str
    proofing: int
    locale: str
    credentials_epoch: int
    authentication: int
    amr: tuple[str, ...]
    authenticated_at: datetime
    last_seen_at: datetime


SESSION_COLUMNS = (
    SignInSession.sid,
    SignInSession.person_id,
    Person.subject_number,
    Person.name,
    Person.proofing,
    Person.locale,
    SignInSession.credentials_epoch,
    SignInSession.authentication,
    SignInSession.amr,
    SignInSession.authenticated_at,
    SignInSession.last_seen_at,
)
"""What `CurrentSession` is made of, for statements that fetch more in the same round trip."""


def is_alive() -> ColumnElement[bool]:
    """The condition under which a session row joined with its person counts as signed in."""
    return and_(
        SignInSession.ended_at.is_(None),
        SignInSession.idle_expires_at > NOW,
        SignInSession.expires_at > NOW,
        SignInSession.credentials_epoch == Person.credentials_epoch,
        Person.status == PersonStatus.ACTIVE,
    )


def current_session(  # noqa: PLR0917 - a row is positional
    sid: UUID,
    person_id: UUID,
    subject_number: int,
    name: str,
    proofing: int,
    locale: str,
    credentials_epoch: int,
    authentication: int,
    amr: list[str],
    authenticated_at: datetime,
    last_seen_at: datetime,
) -> CurrentSession:
    """A CurrentSession from a row of SESSION_COLUMNS, in that order."""
    return CurrentSession(
        sid=sid,
        person_id=person_id,
        subject_number=subject_number,
        name=name,
        proofing=proofing,
        locale=locale,
        credentials_epoch=credentials_epoch,
        authentication=authentication,
        amr=tuple(amr),
        authenticated_at=authenticated_at,
        last_seen_at=last_seen_at,
    )


_FIND = (
    select(*SESSION_COLUMNS)
    .join(Person, Person.id == SignInSession.person_id)
    .where(SignInSession.token_hash == bindparam("token_hash"), is_alive())
)


def find_session(db: Session, *, token: str | None) -> CurrentSession | None:
    """The live session behind a cookie value; one statement, none for a missing cookie."""
    if not token:
        return None
    values = {"token_hash": token_hash(token), "now": clock.now()}
    row = db.connection().execute(_FIND, values).one_or_none()
    return None if row is None else current_session(*row)


@dataclass(frozen=True, kw_only=True)
class SessionSummary:
    """A live session as its owner sees it in a list."""

    sid: UUID
    created_at: datetime
    last_seen_at: datetime
    amr: tuple[str, ...]
    user_agent: str
    source_address: str


def list_sessions(db: Session, *, person_id: UUID) -> list[SessionSummary]:
    """A person's live sessions, most recently used first."""
    rows = db.execute(
        select(
            SignInSession.sid,
            SignInSession.created_at,
            SignInSession.last_seen_at,
            SignInSession.amr,
            SignInSession.user_agent,
            SignInSession.source_address,
        )
        .join(Person, Person.id == SignInSession.person_id)
        .where(SignInSession.person_id == person_id, is_alive())
        .order_by(SignInSession.last_seen_at.desc()),
        {"now": clock.now()},
    )
    return [
        SessionSummary(
            sid=sid,
            created_at=created_at,
            last_seen_at=last_seen_at,
            amr=tuple(amr),
            user_agent=user_agent,
            source_address=source_address,
        )
        for sid, created_at, last_seen_at, amr, user_agent, source_address in rows
    ]
