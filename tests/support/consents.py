"""What one person agreed to with one relying party."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.consents.lookup import GivenConsent, list_consents
from idp.consents.models import Agreement, Consent


def find_consent(db: Session, *, person_id: UUID, relying_party_id: UUID) -> GivenConsent | None:
    """The open consent of that pair, among all the person's."""
    given = list_consents(db, person_id=person_id)
    return next((each for each in given if each.relying_party_id == relying_party_id), None)


def list_agreements(db: Session, *, relying_party_id: UUID) -> list[Agreement]:
    """Each time that somebody agreed with the relying party, in order."""
    return list(
        db.scalars(
            select(Agreement)
            .join(Consent, Consent.id == Agreement.consent_id)
            .where(Consent.relying_party_id == relying_party_id)
            .order_by(Agreement.agreed_at)
        )
    )
