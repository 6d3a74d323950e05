"""How often each answer was given, over months."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from idp.kit.db import table_of
from idp.kit.immutable import immutable
from idp.satisfaction.asking import Answer
from idp.satisfaction.models import SatisfactionCount


@immutable
class Answers:
    """Answers to the question, and how many of them say satisfied."""

    answers: int = 0
    satisfied: int = 0

    def __add__(self, other: "Answers") -> "Answers":
        return Answers(self.answers + other.answers, self.satisfied + other.satisfied)


def read_answers(
    connection: Connection, *, first: date, last: date
) -> Mapping[tuple[UUID, UUID], Answers]:
    """Agency and service → the answers of the months from `first` to `last`, any days of them."""
    rows = table_of(SatisfactionCount).c
    satisfied = func.sum(rows.answers).filter(rows.answer == Answer.SATISFIED)
    found = connection.execute(
        select(
            rows.agency_id,
            rows.service_id,
            func.sum(rows.answers),
            func.coalesce(satisfied, 0),
        )
        .where(rows.month_on.between(first.replace(day=1), last))
        .group_by(rows.agency_id, rows.service_id)
    )
    return {(row[0], row[1]): Answers(int(row[2]), int(row[3])) for row in found}
