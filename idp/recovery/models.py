"""The table of recoveries."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base, table_of
from idp.kit.sealed import Sealed, SealedColumn
from idp.people.models import ContactKind


class State(StrEnum):
    """How far a recovery is; the last four are ends."""

    BEGUN = "begun"
    PROVED = "proved"
    WAITING = "waiting"
    READY = "ready"
    DONE = "done"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUSED = "refused"


class Recovery(Base, kw_only=True):
    """One recovery, in the browser whose keyed hash it holds.

    `person_id` is null where what was typed is no account's: then no code is right. `about_hash`
    is a keyed hash of number and contact as typed, `contact` its kind. `shown` is the kind of the
    second factor shown, or empty. `is_slow`: it waits `wait_seconds` from `noticed_at`, when a
    notice was first accepted. `epoch` is the person's as it was proved. `takes_back` is the
    finished one that this one undoes. `because` is an operator's reason to refuse it, in words for
    its person.
    """

    __tablename__ = "recovery"
    __table_args__ = (
        Index(
            "uq_recovery_open",
            "person_id",
            unique=True,
            postgresql_where=text("is_slow AND state IN ('waiting', 'ready')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    browser_hash: Mapped[bytes] = mapped_column(index=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    about_hash: Mapped[bytes]
    contact: Mapped[ContactKind] = mapped_column(
        default=ContactKind.EMAIL, server_default=ContactKind.EMAIL
    )
    state: Mapped[State] = mapped_column(default=State.BEGUN)
    is_slow: Mapped[bool] = mapped_column(default=False)
    shown: Mapped[str] = mapped_column(default="")
    shown_id: Mapped[UUID | None] = mapped_column(default=None)
    """Which one of that kind."""
    epoch: Mapped[int | None] = mapped_column(default=None)
    code_hash: Mapped[bytes]
    code_tries: Mapped[int] = mapped_column(SmallInteger)
    code_until: Mapped[datetime]
    code_taken_at: Mapped[datetime | None] = mapped_column(default=None)
    begun_at: Mapped[datetime] = mapped_column(index=True)
    proved_at: Mapped[datetime | None] = mapped_column(default=None)
    wait_seconds: Mapped[int] = mapped_column(default=0)
    noticed_at: Mapped[datetime | None] = mapped_column(default=None)
    ready_at: Mapped[datetime | None] = mapped_column(default=None)
    reminders: Mapped[int] = mapped_column(SmallInteger, default=0)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(default="")
    cancel_tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    """How many more codes may be typed to stop it."""
    because: Mapped[str] = mapped_column(default="")
    takes_back: Mapped[UUID | None] = mapped_column(default=None)
    former_password_encrypted: Mapped[bytes | None] = mapped_column(Sealed(), default=None)
    """The hash of the password before, if there was one, of one that waited and can be undone."""
    proofing_before: Mapped[int | None] = mapped_column(SmallInteger, default=None)
    """Of one that waited and can be undone."""


FORMER_PASSWORD = SealedColumn(table_of(Recovery).c.former_password_encrypted)
