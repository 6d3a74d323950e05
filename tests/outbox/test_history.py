"""What became of messages, and for how long."""

from datetime import timedelta

from sqlalchemy.orm import Session

from idp.kit import clock
from idp.outbox.enqueue import enqueue
from idp.outbox.history import KEPT_FOR, drop_old_messages, list_messages


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
