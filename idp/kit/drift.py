"""Saying that this machine's wall clock is not the database's.

Nothing stored, expired or closed goes by the wall clock (`kit.clock`); logs and certificates do.
"""

import time
from datetime import timedelta

import structlog

from idp.kit import clock

_log = structlog.get_logger(__name__)
TOLD_EVERY = timedelta(minutes=10)


def drifted() -> float | None:
    """Seconds by which this machine's clock is wrong: ahead of the database's if positive.

    None while it is within what is tolerated.
    """
    by = clock.drift()
    return round(by.total_seconds(), 1) if abs(by) > clock.MOST_DRIFT else None


class DriftWatch:
    """Logs a drift when it is seen, every TOLD_EVERY while it lasts, and once that it is over."""

    def __init__(self) -> None:
        self._is_told, self._again_at = False, 0.0

    def tell(self) -> None:
        """Look, and say what there is to say; call it after each reading of the clock."""
        seconds, at = drifted(), time.monotonic()
        if seconds is None:
            if self._is_told:
                _log.warning("clock.agrees_again")
            self._is_told = False
        elif not self._is_told or at >= self._again_at:
            _log.error("clock.drifts", seconds=seconds)
            self._is_told, self._again_at = True, at + TOLD_EVERY.total_seconds()
