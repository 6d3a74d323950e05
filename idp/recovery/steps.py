"""Which step is next for a browser: a pure function of the row and the time."""

from datetime import datetime

from idp.recovery.codes import EVIDENCE_LASTS
from idp.recovery.machine import OPEN_FOR
from idp.recovery.models import Recovery, State

_WHILE_FRESH = {State.PROVED: "second", State.READY: "password"}
"""What follows the code, as long as it was taken a short while ago."""


def step_of(found: Recovery | None, *, at: datetime) -> str:
    """Of address, code, second, waits, again, password, done and ended."""
    if found is None or not found.is_slow:
        return _at_once(found, at=at)
    if found.state not in (State.WAITING, State.READY):
        return "done" if found.state is State.DONE else "ended"
    if found.ready_at is None or found.ready_at > at:
        return "waits"
    if found.ready_at + OPEN_FOR <= at:
        return "ended"
    return "password" if _is_fresh(found, since=found.ready_at, at=at) else "again"


def _at_once(found: Recovery | None, *, at: datetime) -> str:
    if found is None:
        return "address"
    if found.state is State.BEGUN:
        return "code" if found.code_until > at else "address"
    if found.state in _WHILE_FRESH:
        is_fresh = _is_fresh(found, since=found.begun_at, at=at)
        return _WHILE_FRESH[found.state] if is_fresh else "address"
    return "done" if found.state is State.DONE else "ended"


def _is_fresh(found: Recovery, *, since: datetime, at: datetime) -> bool:
    taken = found.code_taken_at
    return taken is not None and taken >= since and taken > at - EVIDENCE_LASTS
