"""What stands in the outbox: nothing twice, nothing that was rolled back, and for how long."""

from datetime import timedelta

from sqlalchemy import Text, cast, literal, select, values
from sqlalchemy import column as named
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.outbox.messages import (
    KEPT_FOR,
    drop_old_messages,
    enqueue,
    enqueue_selected,
    list_messages,
)
from idp.outbox.models import OutboxMessage
from tests.outbox.conftest import Send, Toy
from tests.support.statements import statements


def test_the_same_message_put_in_again_stays_as_it_is(toy: Toy, send: Send) -> None:
    toy.enqueue("one", said="first")
    toy.enqueue("one", said="second")
    toy.enqueue("one", recipient="somebody else")
    assert send(toy) == 2
    toy.enqueue("one")
    assert send(toy) == 0, "also when it was delivered long ago"


def test_nobody_is_told_of_what_was_rolled_back(toy: Toy, send: Send) -> None:
    with Session(toy.engine) as db:
        enqueue(db, kind=toy.name, recipient="somebody", key="one")
        db.rollback()
        enqueue(db, kind=toy.name, recipient="somebody", key="two")
        db.commit()
    assert send(toy) == 1
    assert toy.sent == ["two"]


def test_many_are_put_in_by_one_statement(db: Session, toy: Toy) -> None:
    people = values(named("number", Text), name="people").data([("1",), ("2",)])
    told = select(people.c.number, literal("key"), cast({"number": "x"}, JSONB))
    db.connection()
    with statements(toy.engine) as sent:
        enqueue_selected(db, kind=toy.name, messages=told)
    assert len(sent) == 1
    mine = select(OutboxMessage.recipient).where(OutboxMessage.kind == toy.name)
    assert sorted(db.scalars(mine)) == ["1", "2"]


def put(db: Session, key: str, *, ago: timedelta, recipient: str = "somebody") -> None:
    with clock.shifted(-ago):
        enqueue(db, kind="kind", recipient=recipient, key=key)


def keys(db: Session, *, limit: int = 10) -> list[str]:
    found = list_messages(db, kind="kind", recipient="somebody", limit=limit)
    return [message.key for message in found]


def test_the_last_messages_to_one_recipient_newest_first(db: Session) -> None:
    for days, key in enumerate(("newest", "middle", "oldest")):
        put(db, key, ago=timedelta(days=days))
    put(db, "other", ago=timedelta(0), recipient="somebody else")
    enqueue(db, kind="other kind", recipient="somebody", key="other")
    assert keys(db) == ["newest", "middle", "oldest"]
    assert keys(db, limit=2) == ["newest", "middle"]


def test_a_message_is_known_for_thirty_days(db: Session) -> None:
    put(db, "young", ago=KEPT_FOR - timedelta(minutes=1))
    put(db, "old", ago=KEPT_FOR + timedelta(minutes=1))
    assert drop_old_messages(db, limit=10) == 1
    assert keys(db) == ["young"]
