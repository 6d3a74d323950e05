"""Whether somebody may try an application of the sandbox."""

from datetime import date
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select
from sqlalchemy.orm import Session

from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.mandates.posts import is_manager
from idp.people.identifiers import HASHES, current_number, hashes_of
from idp.people.models import NUMBER, Person, PersonIdentifier
from idp.testers.models import Tester


@immutable
class Trial:
    """An application that nobody has approved, and whose team answers for it."""

    relying_party_id: UUID
    agency_id: UUID


_INVITED = select(Tester.number_hash).where(
    Tester.relying_party_id == bindparam("relying_party_id", type_=Uuid())
)
_ADMISSION = (
    select(
        Person.is_test,
        is_manager(Person.id, bindparam("agency_id", type_=Uuid())).label("is_team"),
        PersonIdentifier.id,
        PersonIdentifier.value_encrypted,
        func.array(_INVITED.scalar_subquery(), type_=HASHES).label("invited"),
    )
    .outerjoin(PersonIdentifier, current_number(Person.id))
    .where(Person.id == bindparam("person_id", type_=Uuid()))
)


def may_try(db: Session, trial: Trial, *, keyring: Keyring, person_id: UUID, on: date) -> bool:
    """Whether a person may: the team itself, whom it invited, and test people. One statement.

    Asked when they sign in and whenever what they granted is used: who was dismissed, or whose
    invitation was taken back, is out at once. Invitations are few, and are kept under any key of
    the ring: numbers are renewed by one walk, table after table.
    """
    values = {
        "relying_party_id": trial.relying_party_id,
        "agency_id": trial.agency_id,
        "person_id": person_id,
        "today": on,
    }
    found = db.execute(_ADMISSION, values).one_or_none()
    if found is None or found.is_test or found.is_team:
        return found is not None
    if found.id is None or not found.invited:
        return False
    number = NUMBER.open(keyring, found.value_encrypted, id=found.id, person_id=person_id)
    return not {*hashes_of(keyring, number)}.isdisjoint(found.invited)
