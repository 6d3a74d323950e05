"""The one loop: each message by one sender at a time, and nobody waits for another."""

import threading
from collections import Counter
from queue import Queue

import pytest
from sqlalchemy import Engine, text

from idp.kit import clock
from idp.kit.db import transaction
from idp.outbox.kinds import Attempt
from idp.outbox.models import OutboxMessage
from idp.outbox.sender import CLAIMED_FOR, claim_message, settle_message
from tests.outbox.conftest import BUSY, OK, WAITS, Send, Toy


def claim(toy: Toy) -> OutboxMessage | None:
    with transaction(toy.engine) as db:
        return claim_message(db, kinds=[toy.name])


def settle(toy: Toy, message: OutboxMessage, attempt: Attempt) -> None:
    with transaction(toy.engine) as db:
        settle_message(db, message, attempt, kind=toy.kind)


def test_a_message_is_delivered_and_its_outcome_noted_once(toy: Toy, send: Send) -> None:
    toy.enqueue("one")
    assert send(toy) == 1
    assert send(toy) == 0
    row = toy.rows()["one"]
    assert (row.outcome, row.attempts, row.last_status) == ("delivered", 1, "ok")
    assert row.delivered_at is not None
    assert (toy.sent, toy.noted) == (["one"], [("one", "ok")])


def test_a_failed_attempt_waits_and_the_last_one_is_final(toy: Toy, send: Send) -> None:
    toy.answers = [BUSY] * (len(WAITS) + 1)
    toy.enqueue("one")
    late = clock.now() - clock.now()
    for wait in WAITS:
        with clock.shifted(late):
            assert send(toy) == 1
            assert send(toy) == 0, "it waits"
        assert (toy.rows()["one"].outcome, toy.noted) == (None, [])
        late += wait + CLAIMED_FOR
    with clock.shifted(late):
        assert send(toy) == 1
        assert send(toy) == 0
    row = toy.rows()["one"]
    assert (row.outcome, row.attempts, row.last_status) == ("failed", len(WAITS) + 1, "busy")
    assert toy.noted == [("one", "busy")]


def test_many_senders_attempt_each_message_once(toy: Toy, send: Send) -> None:
    keys = [f"{number:03}" for number in range(60)]
    for key in keys:
        toy.enqueue(key, recipient=key[:2])
    senders = [threading.Thread(target=send, args=(toy,)) for _ in range(6)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(60)
    assert sorted(toy.sent) == keys
    assert sorted(toy.noted) == [(key, "ok") for key in keys]


def test_what_a_dying_sender_had_claimed_is_sent_by_another(toy: Toy, send: Send) -> None:
    toy.enqueue("one")
    assert claim(toy) is not None
    assert send(toy) == 0, "nobody else attempts it meanwhile"
    with clock.shifted(CLAIMED_FOR):
        assert send(toy) == 1
    assert toy.rows()["one"].attempts == 2


@pytest.mark.parametrize("late", [OK, BUSY], ids=["delivered", "failed"])
def test_a_result_that_comes_after_the_next_claim_says_nothing(toy: Toy, late: Attempt) -> None:
    toy.enqueue("one")
    first = claim(toy)
    with clock.shifted(CLAIMED_FOR):
        second = claim(toy)
    assert first is not None
    assert second is not None
    claimed_until = toy.rows()["one"].next_at
    settle(toy, first, late)
    row = toy.rows()["one"]
    assert (row.outcome, row.last_status, row.next_at) == (
        None,
        second.last_status,
        claimed_until,
    )
    settle(toy, second, OK)
    settle(toy, second, OK)
    assert toy.rows()["one"].outcome == "delivered"
    assert toy.noted == [("one", "ok")]


def test_a_recipient_that_hangs_delays_no_other_and_no_other_kind(
    engine: Engine, toy: Toy, send: Send
) -> None:
    other, released = Toy(engine, f"{toy.name}, other kind", at_once=1), threading.Event()
    arrived: Queue[tuple[str, str]] = Queue()

    def attempt(message: OutboxMessage) -> Attempt:
        arrived.put((message.recipient, message.key))
        if message.recipient == "hangs":
            assert released.wait(60)
        return OK

    toy.attempt = other.attempt = attempt
    toy.enqueue(*"12345", recipient="hangs")
    toy.enqueue(*"67", recipient="answers")
    other.enqueue(*"89", recipient="hangs too")
    sender = threading.Thread(target=send, args=(toy, other))
    sender.start()
    seen = Counter(recipient for recipient, _ in (arrived.get(timeout=60) for _ in range(6)))
    assert seen == {"hangs": 2, "answers": 2, "hangs too": 2}
    assert arrived.empty(), "two at most to one recipient, though a place is free"
    released.set()
    sender.join(60)
    assert {row.outcome for row in (toy.rows() | other.rows()).values()} == {"delivered"}


def test_a_recipient_that_hangs_keeps_two_places_of_all_nodes(toy: Toy) -> None:
    """G11: counted in the database, until each is settled or its sender is taken for dead."""
    toy.enqueue(*"12345", recipient="hangs")
    toy.enqueue("6", recipient="answers")
    claimed = [claim(toy) for _ in range(4)]
    assert [message and message.recipient for message in claimed] == [
        "hangs",
        "hangs",
        "answers",
        None,
    ]
    assert claimed[0]
    settle(toy, claimed[0], BUSY)
    third = claim(toy)
    assert third
    assert third.recipient == "hangs"
    assert claim(toy) is None


def test_senders_that_claim_at_once_keep_to_two_for_a_recipient(toy: Toy) -> None:
    """G11: no two see the same free place."""
    toy.enqueue(*(f"{number:02}" for number in range(40)), recipient="hangs")
    claimed: Queue[OutboxMessage | None] = Queue()
    senders = [threading.Thread(target=lambda: claimed.put(claim(toy))) for _ in range(20)]
    for sender in senders:
        sender.start()
    assert sum(claimed.get(timeout=60) is not None for _ in senders) == 2
    for sender in senders:
        sender.join(60)


def test_a_kind_has_no_more_attempts_under_way_than_places(toy: Toy, send: Send) -> None:
    toy.at_once, had_place = 3, []
    together, places = threading.Barrier(3, timeout=60), threading.Semaphore(3)

    def attempt(message: OutboxMessage) -> Attempt:
        had_place.append(places.acquire(blocking=False))
        together.wait()
        places.release()
        return OK

    toy.attempt = attempt
    for number in range(12):
        toy.enqueue(str(number), recipient=str(number))
    assert send(toy) == 12
    assert all(had_place)


def test_an_attempt_holds_no_connection(toy: Toy, send: Send) -> None:
    held = []

    def attempt(message: OutboxMessage) -> Attempt:
        held.append(toy.engine.pool.checkedout())
        return OK

    toy.attempt = attempt
    toy.at_once = 1
    toy.enqueue("one")
    assert send(toy) == 1
    assert held == [0]


def test_what_raises_has_failed_and_keeps_nobody_else(
    toy: Toy, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def attempt(message: OutboxMessage) -> Attempt:
        if message.key == "bad":
            raise LookupError(message.key)
        return OK

    def prepare(*_: object) -> None:
        raise KeyError("gone")

    toy.attempt = attempt
    toy.enqueue("bad", "good")
    unready = Toy(toy.engine, f"{toy.name}, never ready")
    monkeypatch.setattr(unready, "prepare", prepare)
    unready.enqueue("one")
    assert send(toy, unready) == 3
    assert toy.noted == [("good", "ok")]
    bad, one = toy.rows()["bad"], unready.rows()["one"]
    assert (bad.outcome, bad.last_status) == (None, "LookupError")
    assert (one.outcome, one.last_status) == (None, "KeyError")


@pytest.mark.asvs("2.3.3")
def test_an_outcome_stands_only_with_its_note(
    toy: Toy, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def note(*_: object) -> None:
        raise ZeroDivisionError

    toy.enqueue("one")
    with monkeypatch.context() as broken:
        broken.setattr(toy, "note_outcome", note)
        with pytest.raises(ZeroDivisionError):
            send(toy)
    assert toy.rows()["one"].outcome is None
    with clock.shifted(CLAIMED_FOR):
        assert send(toy) == 1
    assert toy.rows()["one"].outcome == "delivered"


def test_a_kind_that_a_node_does_not_know_yet_waits_for_one_that_does(
    engine: Engine, toy: Toy, send: Send
) -> None:
    newer = Toy(engine, f"{toy.name}, newer kind")
    newer.enqueue("one")
    toy.enqueue("one")
    assert send(toy) == 1
    assert newer.rows()["one"].attempts == 0
    assert send(toy, newer) == 1


def test_told_to_stop_it_finishes_what_is_under_way_and_begins_nothing(
    toy: Toy, send: Send
) -> None:
    stop = threading.Event()

    def attempt(message: OutboxMessage) -> Attempt:
        stop.set()
        return OK

    toy.at_once, toy.attempt = 1, attempt
    toy.enqueue("one", "two")
    assert send(toy, stop=stop) == 1
    assert sorted(str(row.outcome) for row in toy.rows().values()) == ["None", "delivered"]
    assert send(toy) == 1


def test_the_serving_role_works_with_messages_and_alters_no_table(toy: Toy) -> None:
    with toy.engine.connect() as connection:
        role = connection.scalar(text("SELECT current_user"))
        rights = connection.scalar(text("SELECT has_table_privilege('outbox_message', 'TRUNCATE')"))
    assert (role, rights) == ("idp_app", False)
