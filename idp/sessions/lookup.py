"""Who is signed in."""

from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, select
from sqlalchemy.orm import Session

from idp.assurance.evidence import amr_of, authentication_of
from idp.factors.kinds import Kind
from idp.kit import clock
from idp.kit.db import NOW
from idp.kit.secrets import token_hash
from idp.people.models import Person, PersonStatus
from idp.sessions.evidence import Evidence, kinds_of, newest
from idp.sessions.models import SignInSession


@dataclass(frozen=True)
class CurrentSession:
    """A live session and the person whose it is."""

    sid: UUID
    person_id: UUID
    subject_number: int
    name: str
    proofing: int
    locale: str
    credentials_epoch: int
    evidence: Evidence
    last_seen_at: datetime

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of factors that the person has shown."""
        return kinds_of(self.evidence)

    @cached_property
    def authentication(self) -> int:
        """The level of authentication that they reach."""
        return authentication_of(self.kinds)

    @property
    def amr(self) -> tuple[str, ...]:
        """The claim of that name."""
        return amr_of(self.kinds)

    @cached_property
    def authenticated_at(self) -> datetime:
        """When the person last proved themselves (the `auth_time` claim)."""
        return newest(self.evidence)


SESSION_COLUMNS = (
    SignInSession.sid,
    SignInSession.person_id,
    Person.subject_number,
    Person.name,
    Person.proofing,
    Person.locale,
    SignInSession.credentials_epoch,
    SignInSession.evidence,
    SignInSession.last_seen_at,
)
"""What `CurrentSession` is made of, in that order, for statements that fetch more besides."""


def is_alive() -> ColumnElement[bool]:
    """The condition under which a session row joined with its person counts as signed in."""
    return and_(
        SignInSession.ended_at.is_(None),
        SignInSession.idle_expires_at > NOW,
        SignInSession.expires_at > NOW,
        SignInSession.credentials_epoch == Person.credentials_epoch,
        Person.status == PersonStatus.ACTIVE,
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
    return None if row is None else CurrentSession(*row)


def is_session_alive(db: Session, *, sid: UUID) -> bool:
    """Whether its person is still signed in there."""
    alive = select(SignInSession.sid).join(Person, Person.id == SignInSession.person_id)
    found = db.execute(alive.where(SignInSession.sid == sid, is_alive()), {"now": clock.now()})
    return found.first() is not None


@dataclass(frozen=True)
class SessionSummary:
    """A live session as its owner sees it in a list."""

    sid: UUID
    created_at: datetime
    last_seen_at: datetime
    evidence: Evidence
    user_agent: str
    source_address: str

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of factors that the person has shown in it."""
        return kinds_of(self.evidence)


def list_sessions(db: Session, *, person_id: UUID) -> list[SessionSummary]:
    """A person's live sessions, most recently used first."""
    rows = db.execute(
        select(*(getattr(SignInSession, field.name) for field in fields(SessionSummary)))
        .join(Person, Person.id == SignInSession.person_id)
        .where(SignInSession.person_id == person_id, is_alive())
        .order_by(SignInSession.last_seen_at.desc()),
        {"now": clock.now()},
    )
    return [SessionSummary(*row) for row in rows]
