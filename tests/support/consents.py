"""What one person agreed to with one relying party."""

from uuid import UUID

from sqlalchemy.orm import Session

from idp.consents.lookup import GivenConsent, list_consents


def find_consent(db: Session, *, person_id: UUID, relying_party_id: UUID) -> GivenConsent | None:
    """The open consent of that pair, among all the person's."""
    given = list_consents(db, person_id=person_id)
    return next((each for each in given if each.relying_party_id == relying_party_id), None)
