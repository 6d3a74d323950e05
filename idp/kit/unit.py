"""One unit of work: SQLAlchemy's session, and a shorter way for statements that are sent often.

What goes the shorter way (`kit.prepared`) is in the same transaction, on the same connection. BEGIN
goes with the first statement that writes or locks: transactions are READ COMMITTED, in which each
statement sees what stands when it begins. What is posted waits for the next, or for COMMIT, and
goes with it. Whatever else the session is asked comes after what was posted.
"""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar, cast

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.orm import Session

from idp.kit.wire import Command, Told, Wire

_BEGIN, _COMMIT = Command(b"BEGIN"), Command(b"COMMIT")
_WIRE = "wire"


class Posted(Protocol):
    """What is posted and may be told more until it leaves: one statement where there were two."""

    def command(self) -> Command:
        """What leaves; asked once."""


_Posted = TypeVar("_Posted", bound=Posted)


class Unit(Session):
    """A session whose transaction begins when it must and leaves with what was posted.

    First it has nothing but what was posted. Then it has a connection, and what it asks goes over
    that connection's wire: only the wire knows whether BEGIN was sent. From the first that
    SQLAlchemy itself sends, the transaction is SQLAlchemy's (`in_transaction`): posts wait no more.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, expire_on_commit=False)
        self._engine = engine
        self._lent: Connection | None = None
        self._posted: list[Command | Posted] = []
        self._is_spoilt = False
        """Whether something failed of which the wire does not know: posts that never left, or a
        transaction that was lost with its connection."""
        self.was_asked = False
        """Whether it has met the database at all."""

    def ask(self, command: Command, *, ahead: bool = False) -> Told:
        """What it gives back, now; `ahead` of what was posted, which it does not look at."""
        if ahead and not self.in_transaction():
            return _send_begun(self._connected(), [command])[-1]
        return self._send_now(command)[-1]

    def post(self, command: Command | Posted) -> None:
        """Send it before anything that comes later. If it fails, what comes with it has failed."""
        if self.in_transaction():
            self._send_now(_command(command))
        else:
            self._posted.append(command)

    def find_posted(self, kind: type[_Posted]) -> _Posted | None:
        """What was posted last of that kind, while it has not left."""
        return next((p for p in reversed(self._posted) if isinstance(p, kind)), None)

    def take_posted(self, kind: type[_Posted]) -> _Posted | None:
        """The same, which does not leave unless it is posted again: behind what came since."""
        found = self.find_posted(kind)
        if found is not None:
            self._posted.remove(found)
        return found

    def get_bind(self, *_mapper: Any, **_what: Any) -> Connection:
        """The connection of this unit, for what SQLAlchemy is about to send: posts go first."""
        if self._posted:
            self._send_with_posted(self._connected())
        return self._connected()

    def commit(self) -> None:
        """All of it is kept. Raises DBAPIError, or what a posted command has for its refusal.

        And PendingRollbackError where somebody has hidden that something failed.
        """
        wire = None if self._lent is None else _wire(self._lent)
        if self._is_spoilt or (wire is not None and wire.has_failed):
            raise PendingRollbackError("What failed in this unit was not told: nothing is kept.")
        if self.in_transaction():
            self.connection()
            super().commit()
        elif wire is not None and not wire.is_idle:
            _send_as_it_is(self._connected(), wire, [*self._taken(), _COMMIT])
        elif self._posted:  # up to the end of a pipeline is one transaction
            connection = self._connected()
            _send_as_it_is(connection, _wire(connection), self._taken())

    def rollback(self) -> None:
        """Nothing of it is kept."""
        self._posted.clear()
        self._is_spoilt = False
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

    def _send_now(self, command: Command) -> list[Told]:
        """It, and whatever was posted before it."""
        if self.in_transaction():
            return _send_begun(self.connection(), [command])
        return self._send_with_posted(self._connected(), command)

    def _send_with_posted(self, connection: Connection, *commands: Command) -> list[Told]:
        """What was posted, and these; while the transaction is not SQLAlchemy's to watch over."""
        posted = self._taken()
        try:
            return _send_begun(connection, [*posted, *commands])
        except BaseException:
            self._is_spoilt = self._is_spoilt or bool(posted) or connection.invalidated
            raise

    def _taken(self) -> list[Command]:
        posted, self._posted = self._posted, []
        return [_command(each) for each in posted]


def ask(db: Session, command: Command, *, ahead: bool = False) -> Told:
    """What it gives back, in the transaction of that session; `ahead` as `Unit.ask` says."""
    if isinstance(db, Unit):
        return db.ask(command, ahead=ahead)
    return _send_begun(db.connection(), [command])[-1]


def post(db: Session, command: Command | Posted) -> None:
    """Have it sent, by the end of the transaction at the latest."""
    if isinstance(db, Unit):
        db.post(command)
    else:
        _send_begun(db.connection(), [_command(command)])


def find_posted(db: Session, kind: type[_Posted]) -> _Posted | None:
    """As `Unit.find_posted`; elsewhere nothing waits."""
    return db.find_posted(kind) if isinstance(db, Unit) else None


def take_posted(db: Session, kind: type[_Posted]) -> _Posted | None:
    """As `Unit.take_posted`; elsewhere nothing waits."""
    return db.take_posted(kind) if isinstance(db, Unit) else None


def _command(posted: Command | Posted) -> Command:
    return posted if isinstance(posted, Command) else posted.command()


def _send_begun(connection: Connection, commands: Sequence[Command]) -> list[Told]:
    """Send them in the connection's transaction, which begins when it has not and must.

    Raises RuntimeError where it would never end: whoever commits each statement by itself says no
    COMMIT.
    """
    wire = _wire(connection)
    if not wire.is_idle or all(command.reads for command in commands):
        return _send_as_it_is(connection, wire, commands)
    if wire.driver.autocommit:
        raise RuntimeError("What is prepared to write needs a transaction: this is AUTOCOMMIT.")
    return _send_as_it_is(connection, wire, [_BEGIN, *commands])


def _send_as_it_is(connection: Connection, wire: Wire, commands: Sequence[Command]) -> list[Told]:
    """Send them and no BEGIN; a connection that is lost over it is given up."""
    try:
        return wire.exchange(commands)
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
