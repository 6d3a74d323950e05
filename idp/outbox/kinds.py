"""What a kind of message is: how it is sent, how often, and what is noted in the end."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session

from idp.kit.immutable import immutable
from idp.outbox.models import OutboxMessage


@immutable(kw_only=True)
class Attempt:
    """What an attempt came to."""

    is_delivered: bool
    status: str
    """For whoever looks later; no personal data."""
    is_final: bool = False
    """Another attempt would come to the same."""
    is_unknown: bool = False
    """It was handed over whole, and no answer came: it may have arrived."""


@immutable(kw_only=True)
class Kind:
    """One row of the table of kinds, which `idp.work.outbox_kinds` builds."""

    name: str
    at_once: int
    """So many attempts of one process at a time; two at most to one recipient, from all of them."""
    waits: tuple[timedelta, ...]
    """Before each further attempt; after the last one the message has failed."""
    prepare: Callable[[Session, OutboxMessage], Callable[[], Attempt]]
    """Reads what the attempt needs. What it returns runs without a connection, in a thread of its
    own, and ends well within `sender.CLAIMED_FOR`; raising is an attempt that failed."""
    note_outcome: Callable[[Session, OutboxMessage, Attempt], None]
    """Called once, in the transaction that settles the message for good."""
    is_at_most_once: bool = False
    """Whether it is given up where nobody knows how far it got: its sender died, or the answer was
    lost."""
