"""A post that matters waits until two operators agree to it; here it begins to.

One rule, told in `roles` by role: when it is given, and whenever the account that has it may have
come into other hands. Until a second operator was appointed there are no two who could agree: posts
then work at once, and the journal says so.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from idp.journal.actors import Actor, Capacity, find_actor
from idp.journal.record import entry, record, record_all
from idp.mandates.models import Mandate
from idp.mandates.roles import ROLES
from idp.people.models import Person

AGREEING = 2
"""So many operators agree, each in a browser: a command names whom it likes."""
_REVIEWING = [role for role, rule in ROLES.items() if rule.reviews_parties]
_NEED_TWO = [role for role, rule in ROLES.items() if rule.needs_two]


class Because(StrEnum):
    """Why a post waits."""

    APPOINTED = "appointed"
    PASSWORD = "password"
    FACTOR = "factor"
    PROOFING = "proofing"


def has_begun(db: Session) -> bool:
    """Whether two people were ever operators: the first two posts of operators work at once."""
    given = select(func.count(Mandate.person_id.distinct())).where(Mandate.role.in_(_REVIEWING))
    return (db.scalar(given) or 0) >= AGREEING


def hold_posts(db: Session, *, person_id: UUID, because: Because, at: datetime) -> None:
    """Have every post of an account wait: whose hands it is in may have changed."""
    if has_begun(db):
        _hold(db, Mandate.person_id == person_id, because, at)


def hold_new(db: Session, post: Mandate) -> None:
    """Have a post wait that was just given; what the person has otherwise goes on."""
    _hold(db, Mandate.id == post.id, Because.APPOINTED, post.created_at)
    db.refresh(post)


def _hold(db: Session, which: ColumnElement[bool], because: Because, at: datetime) -> None:
    """What was agreed before counts no more. Twice at the same instant is once."""
    actor = find_actor(db) or Actor(Capacity.PROGRAM)
    holding = (
        update(Mandate)
        .where(
            which,
            Mandate.role.in_(_NEED_TWO),
            or_(Mandate.ended_on.is_(None), Mandate.ended_on >= at.date()),
            Mandate.waits_since.is_distinct_from(at),
        )
        .values(
            waits_since=at,
            waits_because=because.value,
            asked_by_number=actor.number,
            asked_from=actor.account,
            agreed_by_numbers=[],
        )
        .returning(Mandate.person_id, Mandate.agency_id, Mandate.role)
    )
    for person_id, agency_id, role in db.execute(holding).all():
        number = db.scalar(select(Person.subject_number).where(Person.id == person_id))
        told: dict[str, Any] = {
            "at": at,
            "agency_id": agency_id,
            "counted": False,
            "data": {"role": role, "because": because.value},
        }
        record(db, event="staff.post_held_back", subject_number=number, **told)
        others = [
            entry(event="staff.operator_told", subject_number=other, **told)
            for other in _operators(db, at)
            if other != number
        ]
        record_all(db, others)


def _operators(db: Session, at: datetime) -> list[int]:
    """The numbers of operators who can agree to it."""
    at_work = (
        select(Person.subject_number)
        .join(Mandate, Mandate.person_id == Person.id)
        .where(
            Mandate.role.in_(_REVIEWING),
            Mandate.waits_since.is_(None),
            or_(Mandate.ended_on.is_(None), Mandate.ended_on > at.date()),
        )
    )
    return list(db.scalars(at_work.distinct()))
