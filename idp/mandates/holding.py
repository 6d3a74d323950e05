"""A post that matters waits until two operators agree to it; here it begins to.

One rule, told in `roles` by role: when it is given, and whenever the account that has it may have
come into other hands. Until a second operator was appointed there are no two who could agree: posts
then work at once, and the journal says so.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from idp.journal.actors import Actor, Capacity, find_actor
from idp.journal.record import record
from idp.kit import clock
from idp.mandates.models import Mandate
from idp.mandates.operators import forget_words_of, tell_operators
from idp.mandates.roles import NEED_TWO, REVIEWING
from idp.people.models import Person

AGREEING = 2
"""So many operators agree, each in a browser: a command names whom it likes."""


class Because(StrEnum):
    """Why a post waits."""

    APPOINTED = "appointed"
    PASSWORD = "password"
    FACTOR = "factor"
    PROOFING = "proofing"


_HAS_BEGUN = (
    select(func.count(Mandate.person_id.distinct()) >= AGREEING)
    .where(Mandate.role.in_(REVIEWING), Mandate.organization_id.is_(None))
    .scalar_subquery()
)


def has_begun(db: Session) -> bool:
    """Whether two people were ever operators: the first two posts of operators work at once."""
    return bool(db.scalar(select(_HAS_BEGUN)))


def hold_posts(db: Session, *, person_id: UUID, because: Because, at: datetime) -> None:
    """Have every post of an account wait: whose hands it is in may have changed.

    One statement where it has none. What an operator agreed to and still waits forgets it.
    """
    _hold(db, and_(Mandate.person_id == person_id, _HAS_BEGUN), because, at)


def judge_anew(db: Session, *, person_id: UUID, at: datetime) -> None:
    """Have posts that wait begin to again: staff saw now what the account has."""
    waiting = and_(Mandate.person_id == person_id, Mandate.waits_since.is_not(None))
    _hold(db, waiting, Because.FACTOR, at)


def hold_new(db: Session, post: Mandate) -> None:
    """Have a post wait that was just given; what the person has otherwise goes on."""
    _hold(db, Mandate.id == post.id, Because.APPOINTED, post.created_at)
    db.refresh(post)


def _hold(db: Session, which: ColumnElement[bool], because: Because, at: datetime) -> None:
    """What was agreed before counts no more. Twice at the same instant is once."""
    actor, on = find_actor(db) or Actor(Capacity.PROGRAM), clock.day_of(at)
    holding = (
        update(Mandate)
        .where(
            which,
            Mandate.role.in_(NEED_TWO),
            or_(Mandate.ended_on.is_(None), Mandate.ended_on >= on),
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
        number = db.scalars(select(Person.subject_number).where(Person.id == person_id)).one()
        if role in REVIEWING:
            forget_words_of(db, number=number)
        told: dict[str, Any] = {
            "at": at,
            "agency_id": agency_id,
            "counted": False,
            "data": {"role": role, "because": because.value},
        }
        record(db, event="staff.post_held_back", subject_number=number, **told)
        tell_operators(db, event="staff.operator_told", but={number}, on=on, **told)
