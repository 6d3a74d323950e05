"""Kinds of message made up for a test, and what came of theirs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from idp.kit.db import transaction
from idp.outbox.kinds import Attempt, Kind
from idp.outbox.messages import enqueue
from idp.outbox.models import OutboxMessage
from idp.outbox.sender import send_due

OK = Attempt(is_delivered=True, status="ok")
BUSY = Attempt(is_delivered=False, status="busy")
WAITS = (timedelta(seconds=5), timedelta(minutes=1))


@dataclass
class Toy:
    """A kind that sends nothing: it remembers what it would have sent, and what was noted."""

    engine: Engine
    name: str
    at_once: int = 4
    answers: list[Attempt] = field(default_factory=list)
    attempt: Callable[[OutboxMessage], Attempt] | None = None
    sent: list[str] = field(default_factory=list)
    noted: list[tuple[str, str]] = field(default_factory=list)

    @property
    def kind(self) -> Kind:
        return Kind(
            name=self.name,
            at_once=self.at_once,
            waits=WAITS,
            prepare=self.prepare,
            note_outcome=self.note_outcome,
        )

    def prepare(self, db: Session, message: OutboxMessage) -> Callable[[], Attempt]:
        def attempt() -> Attempt:
            self.sent.append(message.key)
            if self.attempt is not None:
                return self.attempt(message)
            return self.answers.pop(0) if self.answers else OK

        return attempt

    def note_outcome(self, db: Session, message: OutboxMessage, attempt: Attempt) -> None:
        self.noted.append((message.key, attempt.status))

    def enqueue(self, *keys: str, recipient: str = "somebody", **payload: Any) -> None:
        with transaction(self.engine) as db:
            for key in keys:
                enqueue(db, kind=self.name, recipient=recipient, key=key, payload=payload)

    def rows(self) -> dict[str, OutboxMessage]:
        """What the table says, by key."""
        with transaction(self.engine) as db:
            mine = select(OutboxMessage).where(OutboxMessage.kind == self.name)
            return {row.key: row for row in db.scalars(mine)}


Send = Callable[..., int]


@pytest.fixture
def toy(engine: Engine, request: pytest.FixtureRequest) -> Toy:
    """A kind of this test alone: no test sees the messages of another."""
    return Toy(engine, request.node.name)


@pytest.fixture
def send(engine: Engine) -> Send:
    """One round of the background thread; how many attempts."""

    def send(*toys: Toy, stop: Event | None = None) -> int:
        kinds: Sequence[Kind] = [toy.kind for toy in toys]
        return send_due(engine, stop or Event(), kinds=kinds)

    return send
