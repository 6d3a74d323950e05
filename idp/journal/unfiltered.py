"""Reading the journal as it stands, and not as the tables' owner would have one role see it."""

from sqlalchemy import func, or_, select, text
from sqlalchemy.engine import Connection

from idp.journal.models import JournalEntry, JournalSeal
from idp.kit.errors import OneDoorError


def read_unfiltered(connection: Connection) -> None:
    """Until the transaction ends, a statement that would be shown some rows only fails instead.

    Raises OneDoorError where row-level security of the journal applies to this role already.
    """
    connection.execute(text("SET LOCAL row_security = off"))
    tables = (JournalEntry.__tablename__, JournalSeal.__tablename__)
    if connection.scalar(select(or_(*map(func.row_security_active, tables)))):
        raise OneDoorError(
            "Row-level security was put on the journal: this role is not shown every row of it."
        )
