"""Asking what a person agreed to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from idp.consents.models import Consent


@dataclass(frozen=True, kw_only=True)
class GivenConsent:
    """What is agreed between a person and a relying party."""

    relying_party_id: UUID
    scopes: frozenset[str]
    claims: frozenset[str]
    granted_at: datetime


def find_consent(db: Session, *, person_id: UUID, relying_party_id: UUID) -> GivenConsent | None:
    """The open consent of a person to a relying party."""
    consents = _read(db, person_id, Consent.relying_party_id == relying_party_id)
    return consents[0] if consents else None


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
    return _read(db, person_id)


def _read(db: Session, person_id: UUID, *conditions: ColumnElement[bool]) -> list[GivenConsent]:
    rows = db.execute(
        select(Consent.relying_party_id, Consent.scopes, Consent.claims, Consent.granted_at)
        .where(Consent.person_id == person_id, Consent.withdrawn_at.is_(None), *conditions)
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
