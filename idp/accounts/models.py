"""The table of what people said was not them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base, table_of
from idp.kit.sealed import Sealed, SealedColumn


class DisownedEvent(Base, kw_only=True):
    """An entry of the journal that its person said was not them; an operator answers it.

    `credentials_epoch` is the person's from then on: whoever is signed in at that epoch may choose
    a new password, once (`password_set_at`). `void_password_encrypted` is the hash of the one that
    was void, for as long as another may be chosen. `answered_number` is the operator's analytics
    number.
    """

    __tablename__ = "disowned_event"

    entry_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    credentials_epoch: Mapped[int | None] = mapped_column(default=None)
    reported_at: Mapped[datetime] = mapped_column(index=True)
    password_set_at: Mapped[datetime | None] = mapped_column(default=None)
    void_password_encrypted: Mapped[bytes | None] = mapped_column(Sealed(), default=None)
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    answered_number: Mapped[int | None] = mapped_column(default=None)


VOID_PASSWORD = SealedColumn(table_of(DisownedEvent).c.void_password_encrypted)
