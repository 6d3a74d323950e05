"""Who is signed in.

A session is one person's: where the database's owner pointed its row at another, or another cookie
at it, nobody is signed in, and the log says so.
"""

import logging
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, select
from sqlalchemy.orm import Session

from idp.assurance.evidence import amr_of
from idp.factors.kinds import Kind
from idp.factors.rules import STRICTEST, FactorRules
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import NOW
from idp.kit.errors import DataAltered
from idp.kit.immutable import immutable
from idp.kit.prepared import Prepared
from idp.kit.secrets import equal, token_hash
from idp.people.models import Person, PersonStatus
from idp.sessions.evidence import (
    Evidence,
    Shown,
    authentication_in,
    counting_since,
    kinds_of,
    read_evidence,
)
from idp.sessions.models import SignInSession


@immutable
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
    proven_at: datetime | None = None
    is_test: bool = False
    """Whether the person is made up, for tests."""
    device: str = ""
    """Browser and system in words."""
    closes_at: datetime | None = None
    """When the account is erased, as its owner asked: nothing but to keep it is open to them."""
    held_since: datetime | None = None
    """As `Person.held_since`."""
    rules: FactorRules = STRICTEST
    """What of it is taken here, and as what, at each use."""

    @cached_property
    def shown(self) -> tuple[Shown, ...]:
        """The factors that the person has shown, each with its instant and for what it counts."""
        now = clock.now()
        return read_evidence(self.evidence, proofing=self.proofing, at=now, rules=self.rules)

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of factors that the person has shown."""
        return tuple(one.kind for one in self.shown)

    @cached_property
    def authentication(self) -> int:
        """The level of authentication that they reach."""
        return authentication_in(self.shown)

    @property
    def confirmed_authentication(self) -> int:
        """The level that those reach which carry the person's proofing."""
        return authentication_in(self.shown, is_confirmed=True)

    @property
    def amr(self) -> tuple[str, ...]:
        """The claim of that name."""
        return amr_of([one.factor for one in self.shown])

    @cached_property
    def authenticated_at(self) -> datetime:
        """When the person last proved themselves (the `auth_time` claim): by any of them.

        How fresh a sign-in is, is judged by the instant of each (`evidence.shown_since`).
        """
        if not self.shown:
            raise DataAltered("sign_in_session.evidence is empty")
        return max(shown.at for shown in self.shown)

    def own_since(self, since: datetime) -> datetime:
        """The later of that instant and when the account became theirs."""
        return max(since, self.held_since or since)

    def counting_since(self, after: datetime | None) -> "CurrentSession":
        """As it is for whoever takes no factor shown before that instant; None takes all."""
        if after is None:
            return self
        return replace(self, evidence=counting_since(self.evidence, after))


def find_just_ended(db: Session, *, sid: UUID, since: datetime) -> tuple[UUID, int] | None:
    """Whose session it was that ended since then: person and analytics number.

    None for one that goes on or ended before, and for an account that nobody has any more.
    """
    owner = select(Person.id, Person.subject_number).join(SignInSession)
    is_it = (SignInSession.sid == sid, SignInSession.ended_at >= since)
    row = db.execute(owner.where(*is_it, Person.status == PersonStatus.ACTIVE)).one_or_none()
    return (row[0], row[1]) if row else None


_log = logging.getLogger(__name__)
SESSION_COLUMNS: tuple[Any, ...] = (
    SignInSession.owner_hash,
    SignInSession.sid,
    SignInSession.person_id,
    Person.subject_number,
    Person.name,
    Person.proofing,
    Person.locale,
    SignInSession.credentials_epoch,
    SignInSession.evidence,
    SignInSession.last_seen_at,
    SignInSession.proven_at,
    Person.is_test,
    SignInSession.device,
    Person.closes_at,
    Person.held_since,
)
"""What `read_session` reads, in that order, for statements that fetch more behind it."""


def owner_hash(keyring: Keyring, *, digest: bytes, person_id: UUID) -> bytes:
    """What binds a cookie, by its digest, to its person: under a key that never changes."""
    return keyring.lasting_hash("session.owner", f"{digest.hex()} {person_id.hex}")


def read_session(
    row: Sequence[Any], *, keyring: Keyring, rules: FactorRules, digest: bytes
) -> CurrentSession | None:
    """The session of a row that begins with SESSION_COLUMNS; None where it is not its person's."""
    session = CurrentSession(*(*row[1 : len(SESSION_COLUMNS)], rules))
    if equal(row[0], owner_hash(keyring, digest=digest, person_id=session.person_id)):
        return session
    _log.error("data.altered session %s was given to another person or cookie", session.sid)
    return None


def is_alive() -> ColumnElement[bool]:
    """The condition under which a session row joined with its person counts as signed in."""
    return and_(
        SignInSession.ended_at.is_(None),
        SignInSession.idle_expires_at > NOW,
        SignInSession.expires_at > NOW,
        SignInSession.credentials_epoch == Person.credentials_epoch,
        Person.status == PersonStatus.ACTIVE,
    )


_FIND = Prepared(
    select(*SESSION_COLUMNS)
    .join(Person, Person.id == SignInSession.person_id)
    .where(SignInSession.token_hash == bindparam("token_hash"), is_alive()),
    reads=True,
)


def find_session(
    db: Session, *, keyring: Keyring, token: str | None, rules: FactorRules = STRICTEST
) -> CurrentSession | None:
    """The live session behind a cookie value; one statement, none for a missing cookie."""
    if not token:
        return None
    digest = token_hash(token)
    row = _FIND.one(db, {"token_hash": digest, "now": clock.now()})
    return None if row is None else read_session(row, keyring=keyring, rules=rules, digest=digest)


def find_shown(db: Session, *, sid: UUID, at: datetime) -> tuple[Shown, ...] | None:
    """The factors shown in a session; None where its person is signed in no more."""
    found = db.execute(
        select(SignInSession.evidence, Person.proofing)
        .join(Person, Person.id == SignInSession.person_id)
        .where(SignInSession.sid == sid, is_alive()),
        {"now": clock.now()},
    ).one_or_none()
    return read_evidence(found.evidence, proofing=found.proofing, at=at) if found else None


@immutable
class SessionSummary:
    """A live session as its owner sees it in a list."""

    sid: UUID
    created_at: datetime
    last_seen_at: datetime
    evidence: Evidence
    device: str
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
