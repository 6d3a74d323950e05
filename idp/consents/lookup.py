"""What a person agreed to, and with it who is signed in, in one round trip."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from idp.consents.models import Consent
from idp.kit import clock
from idp.kit.secrets import token_hash
from idp.people.models import Person
from idp.sessions.lookup import SESSION_COLUMNS, CurrentSession, is_alive
from idp.sessions.models import SignInSession

_FIND_BOTH = (
    select(*SESSION_COLUMNS, Consent.scopes, Consent.claims, Consent.granted_at)
    .join(Person, Person.id == SignInSession.person_id)
    .outerjoin(
        Consent,
        and_(
            Consent.person_id == SignInSession.person_id,
            Consent.relying_party_id == bindparam("relying_party_id"),
            Consent.withdrawn_at.is_(None),
        ),
    )
    .where(SignInSession.token_hash == bindparam("token_hash"), is_alive())
)


@dataclass(frozen=True, kw_only=True)
class GivenConsent:
    """What is agreed between a person and a relying party."""

    relying_party_id: UUID
    scopes: frozenset[str]
    claims: frozenset[str]
    granted_at: datetime


def is_agreed(
    person_id: InstrumentedAttribute[UUID], relying_party_id: InstrumentedAttribute[UUID]
) -> ColumnElement[bool]:
    """The condition that the person and relying party of a row have an open consent."""
    return exists().where(
        Consent.person_id == person_id,
        Consent.relying_party_id == relying_party_id,
        Consent.withdrawn_at.is_(None),
    )


def list_consents(db: Session, *, person_id: UUID) -> list[GivenConsent]:
    """All open consents of a person, newest first."""
    rows = db.execute(
        select(Consent.relying_party_id, Consent.scopes, Consent.claims, Consent.granted_at)
        .where(Consent.person_id == person_id, Consent.withdrawn_at.is_(None))
        .order_by(Consent.granted_at.desc())
    )
    return [
        GivenConsent(
            relying_party_id=relying_party_id,
            scopes=frozenset(scopes),
            claims=frozenset(claims),
            granted_at=granted_at,
        )
        for relying_party_id, scopes, claims, granted_at in rows
    ]


def find_session_and_consent(
    db: Session, *, token: str | None, relying_party_id: UUID | None
) -> tuple[CurrentSession | None, GivenConsent | None]:
    """The live session behind a cookie value, and its person's open consent to the relying party.

    One statement, none for a missing cookie.
    """
    if not token:
        return None, None
    values = {
        "token_hash": token_hash(token),
        "relying_party_id": relying_party_id,
        "now": clock.now(),
    }
    row = db.connection().execute(_FIND_BOTH, values).one_or_none()
    if row is None:
        return None, None
    *session, scopes, claims, granted_at = row
    consent = None
    if granted_at is not None and relying_party_id is not None:
        consent = GivenConsent(
            relying_party_id=relying_party_id,
            scopes=frozenset(scopes),
            claims=frozenset(claims),
            granted_at=granted_at,
        )
    return CurrentSession(*session), consent
