"""The one loop that sends messages of every kind, on any number of nodes at once.

A message is claimed, attempted without a connection, and settled. A claim moves `next_at`: when a
sender dies, others claim its messages at that instant. A recipient that hangs keeps two places of
its kind busy, on all nodes together, and nothing else.
"""

import threading
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta

import structlog
from sqlalchemy import Engine, bindparam, case, func, literal_column, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from idp.kit import clock
from idp.kit.db import transaction
from idp.kit.prepared import Prepared
from idp.outbox.kinds import Attempt, Kind
from idp.outbox.models import OutboxMessage

CLAIMED_FOR = timedelta(minutes=1)
"""Longer than any attempt takes."""
_TO_ONE_RECIPIENT = 2
"""Attempts under way at a time, of all senders together."""
_LOOK_EVERY = timedelta(seconds=1)
_UNKNOWN = "its sender died"
"""The status of a message that is claimed again: of the attempt before nobody knows the end."""
_log = structlog.get_logger(__name__)
_ANY_DUE = Prepared(
    select(literal_column("1"))
    .where(OutboxMessage.outcome.is_(None), OutboxMessage.next_at <= bindparam("now"))
    .limit(1),
    reads=True,
)
"""Mostly none is, and every node asks each second: this costs a tenth of a claim."""


def send_due(engine: Engine, stop: threading.Event, *, kinds: Sequence[Kind]) -> int:
    """Attempt messages until none is due, or until told to stop; how many attempts it made."""
    table = {kind.name: kind for kind in kinds}
    under_way: dict[Future[Attempt], OutboxMessage] = {}
    made = 0
    with ThreadPoolExecutor(sum(kind.at_once for kind in kinds)) as places:
        while True:
            while not stop.is_set() and (message := _claim(engine, table, under_way.values())):
                made += 1
                under_way[_begin(engine, places, table[message.kind], message)] = message
            if not under_way:
                return made
            done, _ = wait(under_way, _LOOK_EVERY.total_seconds(), FIRST_COMPLETED)
            for future in done:
                message = under_way.pop(future)
                attempt = _result(future, message)
                with transaction(engine) as db:
                    settle_message(db, message, attempt, kind=table[message.kind])


def _claim(
    engine: Engine, table: Mapping[str, Kind], under_way: Collection[OutboxMessage]
) -> OutboxMessage | None:
    """The next message that has a place."""
    taken = Counter(message.kind for message in under_way)
    kinds = [name for name, kind in table.items() if taken[name] < kind.at_once]
    if not kinds:
        return None
    with transaction(engine) as db:
        return claim_message(db, kinds=kinds)


def _begin(
    engine: Engine, places: ThreadPoolExecutor, kind: Kind, message: OutboxMessage
) -> Future[Attempt]:
    """The attempt under way; also when what it needs cannot be read: then it has failed."""
    if kind.is_at_most_once and message.last_status == _UNKNOWN:
        over: Future[Attempt] = Future()
        over.set_result(Attempt(is_delivered=False, status=_UNKNOWN, is_final=True))
        return over
    try:
        with transaction(engine) as db:
            attempt = kind.prepare(db, message)
        return places.submit(attempt)
    except Exception as error:  # noqa: BLE001 - one message must not keep the others from leaving
        failed: Future[Attempt] = Future()
        failed.set_exception(error)
        return failed


def _result(future: Future[Attempt], message: OutboxMessage) -> Attempt:
    error = future.exception()
    if error is None:
        return future.result()
    _log.error("outbox.attempt_raised", kind=message.kind, exc_info=error)
    return Attempt(is_delivered=False, status=type(error).__name__)


def claim_message(db: Session, *, kinds: Collection[str]) -> OutboxMessage | None:
    """Take the message of these kinds that has been due for longest; nobody else attempts it.

    Passes over a recipient to whom two are under way already, whoever sends them. Claims follow one
    another, so that two cannot both see one place.
    """
    if _ANY_DUE.one(db, {"now": clock.now()}) is None:
        return None
    db.execute(select(func.pg_advisory_xact_lock(func.hashtext("outbox.claim"))))
    now, other = clock.now(), aliased(OutboxMessage)
    busy = (
        select(other.kind, other.recipient)
        .where(other.outcome.is_(None), other.claimed_until > now)
        .group_by(other.kind, other.recipient)
        .having(func.count() >= _TO_ONE_RECIPIENT)
    )
    due = (
        select(OutboxMessage.id)
        .where(
            OutboxMessage.outcome.is_(None),
            OutboxMessage.next_at <= now,
            OutboxMessage.kind.in_(kinds),
            tuple_(OutboxMessage.kind, OutboxMessage.recipient).not_in(busy),
        )
        .order_by(OutboxMessage.next_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    until = now + CLAIMED_FOR
    return db.scalar(
        update(OutboxMessage)
        .where(OutboxMessage.id == due.scalar_subquery())
        .values(
            next_at=until,
            claimed_until=until,
            attempts=OutboxMessage.attempts + 1,
            last_status=case(
                (OutboxMessage.claimed_until.is_not(None), _UNKNOWN),
                else_=OutboxMessage.last_status,
            ),
        )
        .returning(OutboxMessage)
        .execution_options(synchronize_session=False)
    )


def settle_message(db: Session, message: OutboxMessage, attempt: Attempt, *, kind: Kind) -> None:
    """Store the result of an attempt: delivered, due again later, or failed for good.

    What was private is deleted once it is settled.

    Nothing is stored when another sender has claimed the message since: the attempt was too slow.
    """
    now, is_over = clock.now(), attempt.is_final or message.attempts > len(kind.waits)
    is_over |= attempt.is_unknown and kind.is_at_most_once
    values: dict[str, object] = {"last_status": attempt.status, "claimed_until": None}
    if attempt.is_delivered:
        values |= {"outcome": "delivered", "delivered_at": now}
    elif is_over:
        values["outcome"] = "failed"
    else:
        values["next_at"] = now + kind.waits[message.attempts - 1]
    if "outcome" in values:
        values["private_encrypted"] = None
    outcome = db.scalar(
        update(OutboxMessage)
        .where(
            OutboxMessage.id == message.id,
            OutboxMessage.attempts == message.attempts,
            OutboxMessage.outcome.is_(None),
        )
        .values(values)
        .returning(OutboxMessage.outcome)
        .execution_options(synchronize_session=False)
    )
    if outcome is not None:
        kind.note_outcome(db, message, attempt)
