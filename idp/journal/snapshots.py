"""What a reader of the journal has seen, whatever commits meanwhile and after.

An entry is dated before its transaction commits, so "all entries of before midnight" is not known
at midnight, nor a minute later. A snapshot says exactly which transactions had committed: what it
had not seen, whenever it is dated, the next reader takes. Transaction ids go on through physical
backups and upgrades; a logical restore begins them anew, and its snapshots are refused.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import Boolean, Text, cast, func, literal, select
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import UserDefinedType

from idp.journal.models import JournalEntry, Xid8
from idp.kit.errors import OneDoorError
from idp.kit.immutable import immutable


class PgSnapshot(UserDefinedType[str]):
    """PostgreSQL's record of which transactions had committed."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The type's name in DDL."""
        return "pg_snapshot"


@immutable
class Snapshot:
    """What a transaction saw: all that had committed when it looked, and what it wrote itself."""

    text: str
    xact_id: str | None
    """The reader's own transaction; None when it had written nothing."""

    def has_seen(self, written_by: ColumnElement[str] | None = None) -> ColumnElement[bool]:
        """Whether an entry was seen, or a row of another table by the transaction that wrote it."""
        xact_id: Any = JournalEntry.xact_id if written_by is None else written_by
        seen = func.pg_visible_in_snapshot(xact_id, self.value, type_=Boolean())
        return seen if self.xact_id is None else seen | (xact_id == self.xact_id)

    def has_not_seen(self, *, later: "Snapshot | None" = None) -> ColumnElement[bool]:
        """The opposite, of what the later one may have seen.

        It looks only at what was under way or came after, by the index of transactions.
        """
        may_be = JournalEntry.xact_id >= func.pg_snapshot_xmin(self.value)
        if later is not None:
            ended = JournalEntry.xact_id < func.pg_snapshot_xmax(later.value)
            may_be &= ended if later.xact_id is None else ended | later.is_own()
        return may_be & ~self.has_seen()

    def and_own(self, connection: Connection) -> "Snapshot":
        """The same, and what this transaction has written since."""
        return replace(
            self, xact_id=connection.scalar(select(cast(func.pg_current_xact_id(), Text)))
        )

    def is_own(self) -> ColumnElement[bool]:
        """Whether the reader wrote an entry itself."""
        return JournalEntry.xact_id == self.xact_id

    @property
    def value(self) -> ColumnElement[str]:
        """As PostgreSQL's own functions take it."""
        return cast(literal(self.text, Text()), PgSnapshot())

    @property
    def next_xact_id(self) -> int:
        """The first transaction that had not begun."""
        return int(self.text.split(":")[1])

    def refuse_later(self, earlier: "Snapshot") -> None:
        """Raise OneDoorError when the earlier one saw transactions that have not happened yet."""
        if earlier.next_xact_id > self.next_xact_id:
            raise OneDoorError(
                "The figures were read up to a transaction that has not happened yet: this database"
                " was restored from a logical backup."
            )


def take_snapshot(connection: Connection) -> Snapshot:
    """What this transaction sees now."""
    own = func.pg_current_xact_id_if_assigned(type_=Xid8())
    row = connection.execute(select(cast(func.pg_current_snapshot(), Text), cast(own, Text))).one()
    return Snapshot(*row)
