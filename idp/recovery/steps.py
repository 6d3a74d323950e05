"""Which step is next for a browser: a pure function of the row and the time."""

from datetime import datetime, timedelta

from idp.recovery.codes import EVIDENCE_LASTS
from idp.recovery.machine import OPEN_FOR
from idp.recovery.models import Recovery, State

_SHOWN_FOR = {State.DONE: EVIDENCE_LASTS, State.CANCELLED: timedelta(days=7)}
"""How long a browser says that it is over: the next who uses it may be somebody else."""
_WHILE_FRESH = {State.PROVED: "second", State.READY: "password"}
"""What follows the code, as long as it was taken a short while ago."""


def step_of(found: Recovery | None, *, at: datetime) -> str:
    """Of address, code, second, waits, again, password, back, done and ended."""
    if found is None or _is_past(found, at=at):
        return "address"
    if not found.is_slow:
        return _at_once(found, at=at)
    if found.state not in (State.WAITING, State.READY):
        return "done" if found.state is State.DONE else "ended"
    if found.ready_at is None or found.ready_at > at:
        return "waits"
    if found.ready_at + OPEN_FOR <= at:
        return "ended"
    return "password" if _is_fresh(found, since=found.ready_at, at=at) else "again"


def has_code(found: Recovery | None, *, at: datetime) -> bool:
    """Whether the code that was sent last is still to be typed."""
    return found is not None and found.code_taken_at is None and found.code_until > at


def _at_once(found: Recovery, *, at: datetime) -> str:
    if found.state is State.BEGUN:
        return "code" if found.code_until > at else "address"
    if found.state in _WHILE_FRESH:
        is_fresh = _is_fresh(found, since=found.begun_at, at=at)
        if not is_fresh:
            return "address"
        return "back" if found.takes_back else _WHILE_FRESH[found.state]
    return "done" if found.state is State.DONE else "ended"


def _is_past(found: Recovery, *, at: datetime) -> bool:
    shown_for = _SHOWN_FOR.get(found.state)
    return bool(shown_for and found.ended_at and found.ended_at <= at - shown_for)


def _is_fresh(found: Recovery, *, since: datetime, at: datetime) -> bool:
    taken = found.code_taken_at
    return taken is not None and taken >= since and taken > at - EVIDENCE_LASTS
