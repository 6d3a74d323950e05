"""The kinds of factors: one row each. Pages, levels, journal and counters read this table."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from idp.assurance.evidence import Category, Factor, authentication_of
from idp.kit.messages import N_
from idp.settings.people import AssuranceSettings, ThrottleSettings


@dataclass(frozen=True, kw_only=True, eq=False)
class Counter:
    """Where an account's wrong ones are counted, and by what rule.

    Kinds that share one make each other wait, and no kind another that has its own. `waits` are
    seconds after the 1st, 2nd, … in a row; each is forgotten after `decay`, and at `most` of them
    new browsers wait until one is.
    """

    name: str
    decay: Callable[[ThrottleSettings], timedelta]
    most: Callable[[ThrottleSettings], int] = lambda settings: settings.max_failures
    waits: Callable[[ThrottleSettings], tuple[int, ...]] = lambda settings: settings.waits


SECOND = Counter(name="failures.second", decay=lambda settings: settings.second_factor_decay)
"""Of what comes after the password, unless it is said."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Kind(Factor):
    """A kind of factor: what it counts for, whether it is offered, and what it is called.

    `name` is what rows, sessions and the journal hold. `page` is the URL word of the sign-in page
    that asks for it, `enrol_page` of the one that sets it up on the way; empty where there is none.
    People read `title` in lists, and `words` as in "Verified by …". `failure` is the journal's
    reason for a wrong one, which people read as `failure_words` in their history. A person has
    `most` of it. A spare is set up only by who has shown another second factor, for the day it is
    lost: whoever shows that one has the spare, too.
    """

    name: str
    is_offered: bool = True
    is_spare: bool = False
    most: int = 1
    counter: Counter = SECOND
    page: str
    enrol_page: str = ""
    title: str
    words: str
    failure: str
    failure_words: str


_MANY_WRONG, _REST = 10, timedelta(days=1)
"""So many wrong recovery codes in a row, and their door alone rests so long. No wait before: they
are too long to be guessed, and people copy them from paper."""

PASSWORD = Kind(
    name="password",
    counter=Counter(name="failures.person", decay=lambda settings: settings.decay),
    amr=("pwd",),
    category=Category.KNOWLEDGE,
    page="password",
    title=N_("Password"),
    words=N_("password"),
    failure="password",
    failure_words=N_("Wrong password"),
)
PASSKEY = Kind(
    name="passkey",
    most=10,
    amr=("swk", "user"),
    category=Category.POSSESSION,
    alone=2,
    is_phishing_resistant=True,
    page="passkey",
    enrol_page="enrol-passkey",
    title=N_("Passkey"),
    words=N_("passkey"),
    failure="passkey",
    failure_words=N_("Passkey that was not accepted"),
)
"""Two factors at once: it signs only for who has unlocked the device it is on. By what, nobody
hears: a PIN or a biometric, so that it counts as no biometric (RFC 8176 `user`)."""


def hardware_key(level: int) -> Factor:
    """As what a passkey counts that is bound to hardware, for which its maker vouches.

    It is one of the kind PASSKEY, and the same to its owner: only what it reaches alone differs,
    and the `amr`.
    """
    return Factor(
        amr=("hwk", "user"),
        category=PASSKEY.category,
        alone=level,
        is_phishing_resistant=True,
    )


TOTP = Kind(
    name="totp",
    most=3,
    amr=("otp",),
    category=Category.POSSESSION,
    page="otp",
    enrol_page="enrol",
    title=N_("Authenticator app"),
    words=N_("one-time code"),
    failure="code",
    failure_words=N_("Wrong one-time code"),
)
SMS = Kind(
    name="sms",
    counter=Counter(name="failures.sms", decay=lambda settings: settings.second_factor_decay),
    amr=("sms",),
    category=Category.POSSESSION,
    speaks_for=1,
    page="text-message",
    enrol_page="enrol-text",
    title=N_("Text message"),
    words=N_("code by text message"),
    failure="sms",
    failure_words=N_("Wrong code of a text message"),
)
"""A restricted authenticator: whoever has the SIM card, or a carrier's ear, has it. Only where
`IDP_ASSURANCE__TEXT_MESSAGES` says so, and never of whoever was seen face to face (0068)."""
RECOVERY_CODE = Kind(
    name="recovery_code",
    is_spare=True,
    counter=Counter(
        name="failures.recovery_code",
        decay=lambda _: _REST / _MANY_WRONG,
        most=lambda _: _MANY_WRONG,
        waits=lambda _: (*(0,) * (_MANY_WRONG - 1), int(_REST.total_seconds())),
    ),
    amr=("otp",),
    category=Category.POSSESSION,
    page="recovery-code",
    title=N_("Recovery codes"),
    words=N_("recovery code"),
    failure="recovery_code",
    failure_words=N_("Wrong recovery code"),
)
KINDS = {kind.name: kind for kind in (PASSWORD, PASSKEY, TOTP, SMS, RECOVERY_CODE)}
"""Every kind by its name; where several would do, the earlier is asked for first."""


def offered_kinds() -> tuple[Kind, ...]:
    """Those that people may use here."""
    return tuple(kind for kind in KINDS.values() if kind.is_offered)


def usable(kinds: Collection[Kind], settings: AssuranceSettings, *, proofing: int) -> list[Kind]:
    """Those of them that this provider takes of a person of that proofing.

    A restricted one by policy alone, and of nobody whose proofing it does not speak for.
    """
    takes_texts = settings.text_messages and proofing <= SMS.speaks_for
    return [kind for kind in kinds if kind.is_offered and (kind is not SMS or takes_texts)]


def strongest_authentication() -> int:
    """The highest level of authentication that the kinds offered here reach."""
    return authentication_of(offered_kinds())


def kinds_beyond(shown: Collection[Kind]) -> tuple[Kind, ...]:
    """The offered kinds that would raise the level of somebody who has shown these."""
    reached = authentication_of(shown)
    return tuple(kind for kind in offered_kinds() if authentication_of((*shown, kind)) > reached)
