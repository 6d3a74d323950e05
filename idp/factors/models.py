"""Tables of what people authenticate with beside their password, and of their failures to."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base, table_of
from idp.kit.sealed import Sealed, SealedColumn


class Authenticator(Base, kw_only=True):
    """Something of one kind that a person has; it counts while it is confirmed and not removed.

    An unconfirmed row is an enrolment under way. A person has one of a kind at most. An app's own
    are the secret and `last_step`, the newest time step accepted: a code works once.
    """

    __tablename__ = "authenticator"
    __table_args__ = (
        Index(
            "uq_authenticator_current",
            "person_id",
            "kind",
            unique=True,
            postgresql_where=text("confirmed_at IS NOT NULL AND removed_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    secret_encrypted: Mapped[bytes | None] = mapped_column(Sealed(), default=None)
    last_step: Mapped[int] = mapped_column(default=0)
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None] = mapped_column(default=None)


APP_SECRET = SealedColumn(table_of(Authenticator).c.secret_encrypted)


class FailureCounter(Base, kw_only=True):
    """Failures in a row of one account (or of one unknown identifier), or of a known browser.

    Of `failures`, `code_failures` were of a second factor: only a right one takes those back. A
    known browser has a row of its own for the account it belongs to.
    """

    __tablename__ = "failure_counter"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    code_failures: Mapped[int] = mapped_column(default=0)
    last_failed_at: Mapped[datetime]
    blocked_until: Mapped[datetime]
