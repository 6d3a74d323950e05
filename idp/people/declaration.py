"""Who someone says they are, and how well that is proven.

Proofing is 0 for what was only declared, 1 when it matches the population register, 2 when it was
proven face to face.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.kit.errors import InvalidInput
from idp.people.identifiers import normalise_number
from idp.people.models import Person, Sex
from idp.people.names import normalise_birthdate, normalise_name

LEVELS = (0, 1, 2)


@dataclass(frozen=True)
class Declaration:
    """Who someone says they are, every value in its one spelling (see `declare`)."""

    number: str = field(repr=False)
    name: str
    birthdate: str
    sex: Sex


def declare(*, number: str, name: str, birthdate: str, sex: str, at: datetime) -> Declaration:
    """Check what someone declares. Raises InvalidInput naming the field."""
    return Declaration(
        number=normalise_number(number, today=at.date()),
        name=normalise_name(name),
        birthdate=normalise_birthdate(birthdate, today=at.date()),
        sex=Sex(sex),
    )


def set_proofing(db: Session, *, person_id: UUID, proofing: int, at: datetime) -> bool:
    """Note that a registrar (or the register) proved an identity; False if nothing changed.

    Raises InvalidInput for a level that is not 0, 1 or 2.
    """
    if proofing not in LEVELS:
        raise InvalidInput("Proofing is 0, 1 or 2.", field="proofing")
    changed = db.execute(
        update(Person)
        .where(Person.id == person_id, Person.proofing != proofing)
        .values(proofing=proofing, updated_at=at)
        .returning(Person.subject_number, Person.is_test)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        return False
    record(
        db,
        event="person.proofed",
        at=at,
        subject_number=changed.subject_number,
        counted=not changed.is_test,
        data={"proofing": proofing},
    )
    return True
