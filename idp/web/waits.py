"""How long somebody has to wait, as a page tells them."""

from datetime import datetime, timedelta
from math import ceil

from idp.factors.attempts import Attempt
from idp.kit import clock
from idp.web.messages import Message


def wait_message(attempt: Attempt) -> Message:
    """What a person is told who has to wait."""
    return wait_of(attempt.wait_seconds)


def wait_of(seconds: int) -> Message:
    """The same of a wait of so many seconds."""
    if seconds >= 120:
        return Message(
            "Too many wrong attempts. Please wait %(num)s minute, then try again.",
            "Too many wrong attempts. Please wait %(num)s minutes, then try again.",
            num=-(-seconds // 60),
        )
    return Message(
        "Too many wrong attempts. Please wait %(num)s second, then try again.",
        "Too many wrong attempts. Please wait %(num)s seconds, then try again.",
        num=seconds,
    )


def hours_until(end: datetime) -> int:
    """Whole hours, at least one: whoever comes back then does not come too early."""
    return max(1, ceil((end - clock.now()) / timedelta(hours=1)))
