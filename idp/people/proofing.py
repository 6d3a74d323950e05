"""How well an identity is proven: 0 self-declared, 1 matched to the register, 2 face to face."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.kit.errors import InvalidInput
from idp.people.models import Person

LEVELS = (0, 1, 2)


def set_proofing(db: Session, *, person_id: UUID, proofing: int, at: datetime) -> bool:
    """Note that a registrar (or the register) proved an identity; False if nothing changed.

    Raises InvalidInput for a level that is not 0, 1 or 2.
    """
    if proofing not in LEVELS:
        raise InvalidInput("Proofing is 0, 1 or 2.", field="proofing")
    changed = db.scalar(
        update(Person)
        .where(Person.id == person_id, Person.proofing != proofing)
        .values(proofing=proofing, updated_at=at)
        .returning(Person.subject_number)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        return False
    record(
        db,
        event="person.proofed",
        at=at,
        subject_number=changed,
        data={"proofing": proofing},
    )
    return True
