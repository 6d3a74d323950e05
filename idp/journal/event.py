"""What a row of the catalogue of events says."""

from idp.kit.immutable import immutable


@immutable
class Event:
    """A row of the catalogue."""

    records: str
    """What an entry tells operators and auditors, and which fields it has."""
    words: str = ""
    """How the person it is about reads it in their own history; empty: it is not shown there."""
    tone: str = "info"
    """Of the tag these words stand in: success, info, warning or danger."""
    is_by_others: bool = False
    """Nobody does it to themselves: unless an entry says who did, the program has."""
    only_here: bool = False
    """Not shown when the entry names a relying party: another event says it then."""
    may_disown: bool = False
    """Who it is about may say that it was not them (`accounts.disowning`)."""
    is_counted_daily: bool = False
    """Many of a day stand in one line of that history."""
    notifies: tuple[str, ...] = ()
    """The kinds of outbox message that tell the person it is about, one of each for an entry: the
    recipient is the person's analytics number, the key the entry's id."""


TOLD = ("mail.notice", "sms.notice")
"""A person is told of it wherever they can be reached; which of both, `idp.mail` says."""
