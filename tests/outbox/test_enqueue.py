"""What stands in the outbox: nothing twice, and nothing that did not happen."""

from sqlalchemy import Text, cast, literal, select, values
from sqlalchemy import column as named
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from idp.outbox.enqueue import enqueue, enqueue_selected
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
