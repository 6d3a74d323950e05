"""The operators together: who is at work, who may speak of an agency's matters, who is told."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, any_, func, literal, select, update
from sqlalchemy.orm import Session

from idp.catalogue.lookup import line_of_agency
from idp.catalogue.models import Agency
from idp.journal.record import entry, record_all
from idp.mandates.live import is_post_given, is_post_held
from idp.mandates.models import Mandate
from idp.mandates.roles import REVIEWING
from idp.people.models import Person, PersonStatus

_GIVEN = (
    select(Mandate.person_id)
    .outerjoin(Agency, Agency.id == Mandate.agency_id)
    .where(Mandate.person_id == Person.id, is_post_given())
)
_OPERATORS = select(Person.subject_number).where(_GIVEN.where(Mandate.role.in_(REVIEWING)).exists())
_AT_WORK = select(Person.subject_number).where(
    _GIVEN.where(Mandate.role.in_(REVIEWING), is_post_held()).exists(),
    Person.status == PersonStatus.ACTIVE,
)


def list_at_work(db: Session, *, on: date) -> set[int]:
    """The numbers of operators whose post works and whose account is active. One statement."""
    return {*db.scalars(_AT_WORK, {"today": on})}


def list_deciders(
    db: Session, *, numbers: Collection[int], agency_id: UUID | None, on: date
) -> set[int]:
    """Those of them who decide about that agency's matters. One statement, none for nobody."""
    if not numbers:
        return set()
    deciding = deciders(agency_id).where(Person.subject_number.in_(numbers))
    return {*db.scalars(deciding, {"today": on})}


def deciders(agency_id: UUID | None) -> Select[int]:
    """Operators at work who have no post there, above or below, not even one that waits.

    No agency: the operator's own matters.
    """
    if agency_id is None:
        return _AT_WORK
    return _AT_WORK.where(~_GIVEN.where(Mandate.agency_id.in_(line_of_agency(agency_id))).exists())


def forget_words_of(db: Session, *, number: int) -> None:
    """Take an operator's word back from every post that waits."""
    agreed = Mandate.agreed_by_numbers
    is_theirs = literal(number) == any_(agreed)
    forgetting = update(Mandate).where(Mandate.organization_id.is_(None), is_theirs)
    db.execute(forgetting.values(agreed_by_numbers=func.array_remove(agreed, number)))


def tell_operators(
    db: Session, *, event: str, but: Collection[int], on: date, **values: Any
) -> None:
    """Tell every operator what became of a post, also those whose own waits."""
    told = {*db.scalars(_OPERATORS, {"today": on})} - {*but}
    record_all(db, [entry(event=event, subject_number=n, **values) for n in sorted(told)])
