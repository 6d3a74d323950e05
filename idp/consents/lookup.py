"""What a person agreed to, and with it who is signed in, in one round trip."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, exists, select, true
from sqlalchemy.orm import Session

from idp.consents.models import Agreement, Consent
from idp.factors.rules import FactorRules
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.kit.prepared import Prepared
from idp.kit.secrets import token_hash
from idp.people.models import Person, PersonStatus
from idp.sessions.lookup import SESSION_COLUMNS, CurrentSession, is_alive, read_session
from idp.sessions.models import SignInSession


@immutable(kw_only=True)
class GivenConsent:
    """What is agreed between a person and a relying party.

    As themselves, or under the mandate by which they act for an organization.
    """

    relying_party_id: UUID
    mandate_id: UUID | None
    scopes: frozenset[str]
    claims: frozenset[str]
    resources: frozenset[str]
    purpose_key: str
    granted_at: datetime


def is_open_between(person_id: Any, relying_party_id: Any, mandate_id: Any) -> ColumnElement[bool]:
    """The condition on a consent: the open one of that person, party and mandate."""
    return and_(
        Consent.person_id == person_id,
        Consent.relying_party_id == relying_party_id,
        Consent.mandate_id.is_not_distinct_from(mandate_id),
        Consent.withdrawn_at.is_(None),
    )


def is_agreed(person_id: Any, relying_party_id: Any, mandate_id: Any) -> ColumnElement[bool]:
    """The condition that there is one, for the columns of a row."""
    return exists().where(is_open_between(person_id, relying_party_id, mandate_id))


_GIVEN = (
    Consent.relying_party_id,
    Consent.mandate_id,
    Consent.scopes,
    Consent.claims,
    Consent.resources,
    Consent.purpose_key,
    Consent.granted_at,
)
_FIND_BOTH = Prepared(
    select(*SESSION_COLUMNS, *_GIVEN)
    .join(Person, Person.id == SignInSession.person_id)
    .outerjoin(
        Consent,
        is_open_between(
            SignInSession.person_id,
            bindparam("relying_party_id"),
            bindparam("mandate_id", type_=Uuid()),
        ),
    )
    .where(SignInSession.token_hash == bindparam("token_hash"), is_alive()),
    reads=True,
)


_PERSON = (
    *(Person.subject_number, Person.name, Person.proofing, Person.locale),
    *(Person.is_test, Person.closes_at),
)
_FIND_OF_BEGUN = Prepared(
    select(*_PERSON, *_GIVEN)
    .select_from(Person)
    .outerjoin(
        Consent,
        is_open_between(
            Person.id, bindparam("relying_party_id"), bindparam("mandate_id", type_=Uuid())
        ),
    )
    .where(
        Person.id == bindparam("person_id"),
        Person.credentials_epoch == bindparam("credentials_epoch"),
        Person.status == PersonStatus.ACTIVE,
    ),
    reads=True,
)


def list_consents(db: Session, *, person_id: UUID) -> list[GivenConsent]:
    """All open consents of a person, newest first."""
    rows = db.execute(
        select(*_GIVEN)
        .where(Consent.person_id == person_id, Consent.withdrawn_at.is_(None))
        .order_by(Consent.granted_at.desc())
    )
    return [_given(row) for row in rows]


@immutable(kw_only=True)
class Receipt:
    """One time that a person agreed: what they were shown then, and until when it held or holds."""

    consent_id: UUID
    relying_party_id: UUID
    agreed_at: datetime
    withdrawn_at: datetime | None
    evidence: Mapping[str, Any]


def list_receipts(
    db: Session, *, person_id: UUID, since: datetime | None = None, most: int
) -> list[Receipt]:
    """Each time that they agreed, whether or not they withdrew it since, newest first.

    None before `since`: the account was somebody else's.
    """
    theirs = Agreement.agreed_at >= since if since else true()
    rows = db.execute(
        select(
            Agreement.consent_id,
            Consent.relying_party_id,
            Agreement.agreed_at,
            Consent.withdrawn_at,
            Agreement.evidence,
        )
        .join(Consent, Consent.id == Agreement.consent_id)
        .where(Consent.person_id == person_id, theirs)
        .order_by(Agreement.agreed_at.desc())
        .limit(most)
    ).mappings()
    return [Receipt(**row) for row in rows]


def find_session_and_consent(
    db: Session,
    *,
    keyring: Keyring,
    rules: FactorRules,
    token: str | None,
    relying_party_id: UUID | None,
    mandate_id: UUID | None,
) -> tuple[CurrentSession | None, GivenConsent | None]:
    """The live session behind a cookie value, and its person's open consent to the relying party.

    To what it may do when they act under that mandate, or (None) for themselves. One statement,
    none for a missing cookie.
    """
    if not token:
        return None, None
    digest = token_hash(token)
    values = {
        "token_hash": digest,
        "relying_party_id": relying_party_id,
        "mandate_id": mandate_id,
        "now": clock.now(),
    }
    row = _FIND_BOTH.one(db, values)
    if row is None:
        return None, None
    session = read_session(row, keyring=keyring, rules=rules, digest=digest)
    return session, None if session is None or row.granted_at is None else _given(row)


def find_begun_and_consent(
    db: Session,
    begun: CurrentSession,
    *,
    relying_party_id: UUID | None,
    mandate_id: UUID | None,
) -> tuple[CurrentSession | None, GivenConsent | None]:
    """As `find_session_and_consent`, of a session that this transaction has begun or raised.

    Its row is not looked at, and need not have been sent; its person's is, as it stands.
    """
    values = {
        "person_id": begun.person_id,
        "credentials_epoch": begun.credentials_epoch,
        "relying_party_id": relying_party_id,
        "mandate_id": mandate_id,
    }
    row = _FIND_OF_BEGUN.one(db, values, ahead=True)
    if row is None:
        return None, None
    session = replace(begun, **{column.key: getattr(row, column.key) for column in _PERSON})
    return session, None if row.granted_at is None else _given(row)


def _given(row: Any) -> GivenConsent:
    return GivenConsent(
        relying_party_id=row.relying_party_id,
        mandate_id=row.mandate_id,
        scopes=frozenset(row.scopes),
        claims=frozenset(row.claims),
        resources=frozenset(row.resources),
        purpose_key=row.purpose_key,
        granted_at=row.granted_at,
    )
