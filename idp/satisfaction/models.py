"""Tables of satisfaction: who was asked when, and how often each answer was given."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base


class SatisfactionQuestion(Base, kw_only=True):
    """The day somebody was last asked; of what, as long as it is open.

    A day, not an instant: nothing here can be laid beside a sign-in or an answer.
    """

    __tablename__ = "satisfaction_question"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    asked_on: Mapped[date]
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    """That owned the service then; null with `service_id` once answered."""
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("public_service.id"))


class SatisfactionCount(Base, kw_only=True):
    """How often an answer was given in a month: a number, and no row for each."""

    __tablename__ = "satisfaction_count"
    __table_args__ = (PrimaryKeyConstraint("month_on", "agency_id", "service_id", "answer"),)

    month_on: Mapped[date]
    """The first day of the month."""
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("public_service.id"))
    answer: Mapped[str]
    """`asking.Answer`."""
    answers: Mapped[int]
