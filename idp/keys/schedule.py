"""When a key signs, retires and leaves: times by one clock, the database's.

A key is published for `publish_for` before it signs. By then every node has read it and every copy
of the key set handed out before it has gone stale. Nodes' own clocks play no part.
"""

from datetime import timedelta

from idp.kit.immutable import immutable
from idp.settings import Settings

JWKS_MAX_AGE = timedelta(minutes=5)
"""How long others may keep the key set. With READING_AGE it must stay well under the shortest
`IDP_KEYS__PUBLISH_FOR`: the rest is for the clock of a database that takes over."""
READING_AGE = timedelta(minutes=1)
"""A node whose reading is older answers a key set that nobody may keep."""
MARGIN = timedelta(minutes=10)
"""Kept longer than the longest token lives: leeway, and the short-lived tokens of sign-outs."""


@immutable(kw_only=True)
class Schedule:
    """The times of a rotation."""

    rotate_every: timedelta
    """A key signs so long; zero: until it is told to stop."""
    publish_for: timedelta
    verify_for: timedelta
    """How long a retired key stays published."""


def schedule_of(settings: Settings) -> Schedule:
    """The times under these settings.

    An ID token serves as a hint, expired or not, while the session it tells of may last.
    """
    tokens = settings.tokens
    longest = max(
        tokens.access_lifetime,
        tokens.machine_lifetime,
        tokens.id_token_lifetime,
        settings.sessions.total,
    )
    return Schedule(
        rotate_every=settings.keys.rotate_every,
        publish_for=settings.keys.publish_for,
        verify_for=longest + MARGIN,
    )
