"""One unit of work: SQLAlchemy's session, and a shorter way for statements that are sent often.

What goes the shorter way (`kit.prepared`) is in the same transaction, on the same connection. BEGIN
goes with the first statement that writes or locks: transactions are READ COMMITTED, in which each
statement sees what stands when it begins. What is posted waits for the next, or for COMMIT, and
goes with it. Whatever else the session is asked comes after what was posted.
"""

from collections.abc import Sequence
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.orm import Session

from idp.kit.wire import Command, Told, Wire

_BEGIN, _COMMIT = Command(b"BEGIN"), Command(b"COMMIT")
_WIRE = "wire"


class Unit(Session):
    """A session whose transaction begins when it must and leaves with what was posted."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, expire_on_commit=False)
        self._engine = engine
        self._lent: Connection | None = None
        self._posted: list[Command] = []
        self.was_asked = False
        """Whether it has met the database at all."""

    def ask(self, command: Command) -> Told:
        """What it gives back, now."""
        connection = self.connection() if self.in_transaction() else self._connected()
        return _exchange(connection, [*self._taken(), command])[-1]

    def post(self, command: Command) -> None:
        """Send it before anything that comes later. If it fails, what comes with it has failed."""
        if self.in_transaction():
            _exchange(self.connection(), [command])
        else:
            self._posted.append(command)

    def get_bind(self, *_mapper: Any, **_what: Any) -> Connection:
        """The connection of this unit, for what SQLAlchemy sends."""
        connection = self._connected()
        if self._posted:
            _exchange(connection, self._taken())
        return connection

    def commit(self) -> None:
        """All of it is kept. Raises DBAPIError, or what a posted command has for its refusal.

        And PendingRollbackError where somebody has hidden that something failed.
        """
        if self._lent is not None and _wire(self._lent).has_failed:
            raise PendingRollbackError("What failed in this unit was not told: nothing is kept.")
        if self.in_transaction():
            self.connection()
            super().commit()
        elif self._lent is not None and not _wire(self._lent).is_idle:
            _send(self._lent, [*self._taken(), _COMMIT])
        elif self._posted:  # up to the end of a pipeline is one transaction
            _send(self._connected(), self._taken())

    def rollback(self) -> None:
        """Nothing of it is kept."""
        self._posted.clear()
        super().rollback()
        if self._lent is not None:
            self._lent.connection.rollback()

    def close(self) -> None:
        """Give the connection back; what was not committed is lost."""
        self._posted.clear()
        if self.in_transaction():
            super().close()
        if self._lent is not None:
            self._lent.close()
            self._lent = None

    def _connected(self) -> Connection:
        if self._lent is None:
            self._lent, self.was_asked = self._engine.connect(), True
        return self._lent

    def _taken(self) -> list[Command]:
        posted, self._posted = self._posted, []
        return posted


def ask(db: Session, command: Command) -> Told:
    """What it gives back, in the transaction of that session."""
    return db.ask(command) if isinstance(db, Unit) else _exchange(db.connection(), [command])[-1]


def post(db: Session, command: Command) -> None:
    """Have it sent, by the end of the transaction at the latest."""
    if isinstance(db, Unit):
        db.post(command)
    else:
        _exchange(db.connection(), [command])


def _exchange(connection: Connection, commands: Sequence[Command]) -> list[Told]:
    """Send them in the connection's transaction, which begins when it has not and must."""
    begins = _wire(connection).is_idle and not all(command.reads for command in commands)
    return _send(connection, [_BEGIN, *commands] if begins else commands)


def _send(connection: Connection, commands: Sequence[Command]) -> list[Told]:
    try:
        return _wire(connection).exchange(commands)
    except DBAPIError as error:
        if error.connection_invalidated:
            connection.invalidate(error.orig)
        raise


def _wire(connection: Connection) -> Wire:
    driver = cast(psycopg.Connection[Any], connection.connection.driver_connection)
    wire = connection.info.get(_WIRE)
    if wire is None or wire.driver is not driver:
        wire = connection.info[_WIRE] = Wire(driver)
    return cast(Wire, wire)
