"""Withdrawing a consent."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from idp.consents.models import Consent
from idp.kit import clock


def withdraw_consent(db: Session, *, person_id: UUID, relying_party_id: UUID) -> bool:
    """Withdraw the open consent; whether there was one. Its tokens are the caller's to revoke."""
    withdrawn = db.execute(
        update(Consent)
        .where(
            Consent.person_id == person_id,
            Consent.relying_party_id == relying_party_id,
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=clock.now())
        .returning(Consent.id)
    ).one_or_none()
    return withdrawn is not None
