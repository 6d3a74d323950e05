"""The table of testers."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base, table_of
from idp.kit.sealed import FoundBy, Sealed, SealedColumn
from idp.people.models import CITIZEN_NUMBER


class Tester(Base, kw_only=True):
    """Somebody who may try an application of the sandbox, known by their citizen number alone."""

    __tablename__ = "tester"
    __table_args__ = (UniqueConstraint("relying_party_id", "number_hash"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    relying_party_id: Mapped[UUID] = mapped_column(ForeignKey("relying_party.id"))
    number_encrypted: Mapped[bytes] = mapped_column(Sealed())
    number_hash: Mapped[bytes] = mapped_column(FoundBy("number_encrypted", CITIZEN_NUMBER))
    created_at: Mapped[datetime]


TESTERS_NUMBER = SealedColumn(table_of(Tester).c.number_encrypted)
