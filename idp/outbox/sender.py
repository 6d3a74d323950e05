"""The one loop that sends messages of every kind; holds no connection while it waits for others.

A recipient that hangs keeps two places of its kind busy, on all nodes together, and nothing else.
"""

import threading
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta

import structlog
from sqlalchemy import Engine

from idp.kit.db import transaction
from idp.outbox.claim import claim_message, settle_message
from idp.outbox.kinds import Attempt, Kind
from idp.outbox.models import OutboxMessage

_LOOK_EVERY = timedelta(seconds=1)
_log = structlog.get_logger(__name__)


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
