"""The table of what people asked about their data."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base, table_of
from idp.kit.sealed import Sealed, SealedColumn


class RequestKind(StrEnum):
    """What somebody asks for."""

    CORRECTION = "correction"
    DELETION = "deletion"
    COPY = "copy"


class DataRequest(Base, kw_only=True):
    """What a person asked about their data, in their words, and what operators made of it.

    It is answered once: taken on (`is_accepted`), or refused and thereby over; then done, once. Its
    time may be extended once before that. The last days are those of the country; `…_number` is
    the analytics number of the operator. What people wrote is erased with the account.
    """

    __tablename__ = "data_request"
    __table_args__ = (
        Index("ix_data_request_open", "due_on", postgresql_where=text("done_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[RequestKind]
    text_encrypted: Mapped[bytes | None] = mapped_column(Sealed())
    received_at: Mapped[datetime]
    answer_due_on: Mapped[date]
    due_on: Mapped[date]
    is_accepted: Mapped[bool | None] = mapped_column(default=None)
    answer_encrypted: Mapped[bytes | None] = mapped_column(Sealed(), default=None)
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    answered_number: Mapped[int | None] = mapped_column(BigInteger, default=None)
    extended_at: Mapped[datetime | None] = mapped_column(default=None)
    extended_number: Mapped[int | None] = mapped_column(BigInteger, default=None)
    extended_because_encrypted: Mapped[bytes | None] = mapped_column(Sealed(), default=None)
    done_at: Mapped[datetime | None] = mapped_column(default=None)
    done_number: Mapped[int | None] = mapped_column(BigInteger, default=None)


ASKED = SealedColumn(table_of(DataRequest).c.text_encrypted)
ANSWER = SealedColumn(table_of(DataRequest).c.answer_encrypted)
EXTENDED_BECAUSE = SealedColumn(table_of(DataRequest).c.extended_because_encrypted)
