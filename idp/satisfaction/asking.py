"""Whether somebody is asked how their last sign-in went, and what they answered.

Asked is who signed in to a service within a day, by a sign-in that counts (no sandbox, no test
person, no staff), and was not asked for 90 days. One question takes one answer, whoever sends it
how often: by then its row names no service, and the next one is 90 days away.
"""

from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Date, and_, case, delete, func, literal, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.satisfaction.models import SatisfactionQuestion

EVERY = timedelta(days=90)
_AFTER = timedelta(days=1)
"""So long after a sign-in, and after the question, it still can be said how it went."""


class Answer(StrEnum):
    """What one can answer, by one tap."""

    SATISFIED = "satisfied"
    NEITHER = "neither"
    DISSATISFIED = "dissatisfied"


class Taken(StrEnum):
    """What became of an answer."""

    COUNTED = "counted"
    BEFORE = "before"
    """The question was answered already: the first answer is the one that counts."""
    CLOSED = "closed"
    """Nobody asked, or it is over."""


@immutable
class Question:
    """An open question: how the sign-in to that service went."""

    service_id: UUID


def ask(db: Session, *, person_id: UUID, subject_number: int, today: date) -> Question | None:
    """What is asked now, which is noted; None for who was asked of late, or has not signed in.

    One conditional statement. On the day it was first asked an open question is asked again, so
    that a page opened twice looks the same.
    """
    question, rows = SatisfactionQuestion, JournalEntry
    last = (
        select(literal(person_id), literal(today, Date()), rows.agency_id, rows.service_id)
        .where(
            rows.subject_number == subject_number,
            rows.event == "signin.succeeded",
            rows.counted,
            rows.agency_id.is_not(None),
            rows.service_id.is_not(None),
            rows.at >= clock.now() - _AFTER,
        )
        .order_by(rows.at.desc())
        .limit(1)
    )
    asked = insert(question).from_select(
        ["person_id", "asked_on", "agency_id", "service_id"], last, include_defaults=False
    )
    is_same = and_(question.asked_on == today, question.agency_id.is_not(None))
    new = asked.excluded
    claimed = asked.on_conflict_do_update(
        index_elements=[question.person_id],
        set_={
            "asked_on": new.asked_on,
            "agency_id": case((is_same, question.agency_id), else_=new.agency_id),
            "service_id": case((is_same, question.service_id), else_=new.service_id),
        },
        where=or_(is_same, question.asked_on <= today - EVERY),
    ).returning(question.service_id)
    service_id = db.scalar(claimed)
    return Question(service_id) if service_id else None


_ANSWER = text("""
WITH asked AS (
    SELECT person_id, agency_id, service_id FROM satisfaction_question
    WHERE person_id = :person_id AND agency_id IS NOT NULL AND asked_on >= :since FOR UPDATE
), over AS (
    UPDATE satisfaction_question SET agency_id = NULL, service_id = NULL
    WHERE person_id IN (SELECT person_id FROM asked)
)
INSERT INTO satisfaction_count AS counted (month_on, agency_id, service_id, answer, answers)
SELECT :month_on, agency_id, service_id, :answer, 1 FROM asked
ON CONFLICT (month_on, agency_id, service_id, answer) DO UPDATE SET answers = counted.answers + 1
RETURNING answers
""")


def answer(db: Session, *, person_id: UUID, said: Answer, today: date) -> Taken:
    """Count the answer to the open question; of several at once, one."""
    since = today - _AFTER
    values = {"person_id": person_id, "since": since, "answer": said.value}
    counted = db.execute(_ANSWER, {**values, "month_on": today.replace(day=1)}).one_or_none()
    if counted is not None:
        return Taken.COUNTED
    own = SatisfactionQuestion.person_id == person_id
    is_over = (SatisfactionQuestion.agency_id.is_(None), SatisfactionQuestion.asked_on >= since)
    known = select(func.count()).select_from(SatisfactionQuestion).where(own, *is_over)
    return Taken.BEFORE if db.scalar(known) else Taken.CLOSED


def forget_question(db: Session, *, person_id: UUID) -> None:
    """Begin anew: the account is somebody else's, or nobody's."""
    db.execute(delete(SatisfactionQuestion).where(SatisfactionQuestion.person_id == person_id))
