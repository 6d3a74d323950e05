"""The kinds of factors: one row each. Pages, levels, journal and counters read this table."""

from collections.abc import Collection
from dataclasses import dataclass

from idp.assurance.evidence import Category, Factor, authentication_of
from idp.kit.messages import N_


@dataclass(frozen=True, kw_only=True, eq=False)
class Kind(Factor):
    """A kind of factor: what it counts for, whether it is offered, and what it is called.

    `name` is what rows, sessions and the journal hold. `page` is the URL word of the sign-in page
    that asks for it, `enrol_page` of the one that sets it up on the way; empty where there is none.
    People read `words`, as in "Verified by …". `failure` is the journal's reason for a wrong one,
    which people read as `failure_words` in their history.
    """

    name: str
    is_offered: bool = True
    page: str
    enrol_page: str = ""
    words: str
    failure: str
    failure_words: str


PASSWORD = Kind(
    name="password",
    amr=("pwd",),
    category=Category.KNOWLEDGE,
    page="password",
    words=N_("password"),
    failure="password",
    failure_words=N_("Wrong password"),
)
TOTP = Kind(
    name="totp",
    amr=("otp",),
    category=Category.POSSESSION,
    page="otp",
    enrol_page="enrol",
    words=N_("one-time code"),
    failure="code",
    failure_words=N_("Wrong one-time code"),
)
KINDS = {kind.name: kind for kind in (PASSWORD, TOTP)}
"""Every kind by its name; where several would do, the earlier is asked for first."""


def offered_kinds() -> tuple[Kind, ...]:
    """Those that people may use here."""
    return tuple(kind for kind in KINDS.values() if kind.is_offered)


def strongest_authentication() -> int:
    """The highest level of authentication that the kinds offered here reach."""
    return authentication_of(offered_kinds())


def kinds_beyond(shown: Collection[Kind]) -> tuple[Kind, ...]:
    """The offered kinds that would raise the level of somebody who has shown these."""
    reached = authentication_of(shown)
    return tuple(kind for kind in offered_kinds() if authentication_of((*shown, kind)) > reached)
