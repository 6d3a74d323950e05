"""Rate limits: how often one source, number or browser may do something within a time.

They protect something, so they count in PostgreSQL: every node counts in the same row. What only
keeps log and journal small is a ration of the process (`kit.rationing`); how much happens at once
is bounded by turns (`kit.turns`) and the gate (`web.limits`).
"""

from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from ipaddress import IPv6Network, ip_address
from typing import Any

from sqlalchemy import func, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from idp.kit.crypto import Keyring
from idp.kit.db import Base, delete_older
from idp.kit.immutable import immutable
from idp.kit.prepared import Prepared
from idp.settings.people import ThrottleSettings

_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)
_IPV6_PREFIX = 64
"""One customer's share of IPv6: a customer can use every address of it."""


class RateCount(Base, kw_only=True):
    """How often within the time that ends at `ends_at`; afterwards the row counts nothing."""

    __tablename__ = "rate_count"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    count: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(index=True)


EACH = 8
"""Of many alike, so many have a row each."""


@immutable
class Allowance:
    """How often one source, number or browser may do something. `key` is a keyed hash of it."""

    key: bytes = field(repr=False)
    most: int
    per: timedelta

    def values(self, at: datetime) -> dict[str, Any]:
        """The parameters of OVER_UNTIL."""
        return {"limit_key": self.key, "limit_most": self.most, "at": at}


@immutable
class RateLimit:
    """At most `most` within `per` of the first; `by` makes of a value what is counted."""

    name: str
    per: timedelta
    most: Callable[[ThrottleSettings], int]
    by: Callable[[str], str] = str

    def of(self, value: str, *, keyring: Keyring, settings: ThrottleSettings) -> Allowance:
        """The allowance of an address, number or browser; the value itself is not stored."""
        key = keyring.lookup_hash(self.name, self.by(value))
        return Allowance(key, self.most(settings), self.per)


def source_of(address: str) -> str:
    """What counts as one source: an IPv4 address, or the network of an IPv6 one."""
    if address and ip_address(address).version == 6:
        return str(IPv6Network((address.partition("%")[0], _IPV6_PREFIX), strict=False))
    return address


def _few(settings: ThrottleSettings) -> int:
    return max(1, settings.source_limit // 10)


FAILURES = RateLimit("failures.source", _HOUR, lambda s: s.source_limit, source_of)
"""Wrong secrets. The count sinks, below 0 too, with each person who signs in there."""
FAILURES_AT_ACCOUNT = RateLimit("failures.here", 4 * _HOUR, lambda s: s.source_limit_at_account)
"""Wrong secrets of one source at one account: fewer than decay meanwhile."""
THROTTLED = RateLimit("throttled.account", _HOUR, lambda _: 10)
"""Rows in the journal about attempts that an account refused unchecked."""
REGISTRATIONS = RateLimit("registrations.source", _HOUR, _few, source_of)
PASSWORDS_KEPT = RateLimit("passwords.kept", _HOUR, lambda s: s.source_limit, source_of)
"""New passwords hashed although something else in the form was wrong."""
REGISTRATIONS_MADE = RateLimit("registrations.made", _HOUR, _few, source_of)
"""Accounts made: one form that was counted can be agreed to any number of times."""
REGISTRATIONS_OF_PERSON = RateLimit("registrations.person", _HOUR, _few)
"""Forms that declare all the same: who knows a number alone keeps nobody from registering."""
CODES_TO_CONTACT = RateLimit("codes.contact", 24 * _HOUR, lambda _: 5)
"""Codes to the contact that the register holds of who declares all this, whoever asks: who knows a
number alone uses up none of its owner's. As many where it has none, so that nothing is told."""
CODE_TRIES = RateLimit("codes.tries", 24 * _HOUR, lambda _: 10)
"""Codes that somebody types."""
LETTERS = RateLimit("letters.day", 24 * _HOUR, lambda _: 1)
"""Codes by post to who declares all this, whoever asks, as CODES_TO_CONTACT."""
LETTERS_OF_MONTH = RateLimit("letters.month", 30 * 24 * _HOUR, lambda _: 3)
LETTERS_TO_ADDRESSEE = RateLimit("letters.addressee", 30 * 24 * _HOUR, lambda _: 6)
"""Letters to one name at one address, those that are printed again too, whoever asks."""
LETTER_TRIES = RateLimit("letters.tries", 24 * _HOUR, lambda _: 5)
"""Codes of a letter that somebody types."""
CANCEL_TRIES_AT_SOURCE = RateLimit("cancel.source", _HOUR, lambda _: 10, source_of)
"""Codes that somebody types to stop getting an account back, right or wrong."""
FORMER_PASSWORDS = RateLimit("former_passwords.account", 24 * _HOUR, lambda _: 100)
"""Wrong passwords from all networks where an account is taken back. Beyond it nobody is kept from
anything: a right one is told from a wrong one only by a right code beside it."""
CODES_TO_EMAIL = RateLimit("codes.email", 24 * _HOUR, lambda _: 10)
"""Codes to one mailbox, whoever says it is theirs: nobody fills another's mailbox."""
CODES_TO_PHONE = RateLimit("codes.phone", 24 * _HOUR, lambda _: 10)
"""Codes to one telephone, whoever says it is theirs: each costs money, and rings somewhere."""
STEP_CODES = RateLimit("codes.step", 24 * _HOUR, lambda _: 10)
"""Codes to sign in, to one person's telephone: whoever says in an account of their own that the
number is theirs, and so uses up CODES_TO_PHONE, leaves its owner these."""
RECOVERY_CODES = RateLimit("recovery.codes", 24 * _HOUR, lambda _: 10)
"""Codes to get an account back, to who types its number and contact together, whoever asks. Apart
from what goes to that contact otherwise: whoever fills a mailbox with codes keeps nobody from
theirs, and none of these is sent for a pair that is nobody's."""
RECOVERY_CODES_OF_SOURCE = RateLimit("recovery.source", 24 * _HOUR, lambda _: 5)
"""Those that one source asks for: half of them stay for others."""
CODES_OF_PERSON = RateLimit("codes.person", 24 * _HOUR, lambda _: 10)
"""Codes that one account has sent to addresses it gives."""
CODES_OF_SOURCE = RateLimit("codes.source", _HOUR, lambda s: max(1, s.source_limit // 5), source_of)
DEVICE_CODES = RateLimit("device-codes.source", _HOUR, lambda s: s.source_limit, source_of)
"""Codes of devices that were typed wrong."""
DEVICE_CODES_OF_BROWSER = RateLimit("device-codes.browser", _HOUR, _few)
SIGN_INS = RateLimit("sign_ins.source", _MINUTE, lambda s: s.sign_ins_per_source, source_of)
"""Sign-ins begun, whether anybody goes on with them or not."""
SIGN_INS_OF_DEVICE = RateLimit(
    "sign_ins.device", _MINUTE, lambda s: s.sign_ins_per_source // 10 + 1
)
"""Those of a known device whose source has had its share."""
CHALLENGES = RateLimit("challenges.spent", 15 * _MINUTE, lambda _: 1)
"""Answers to a challenge that no row keeps: one, within the time in which it is good."""

REPORTS = RateLimit(
    "reports.source", _MINUTE, lambda s: max(1, s.sign_ins_per_source // 5), source_of
)
"""Rows about what was refused to a source, unless a client had authenticated there."""
PROOFS = RateLimit("proofs.source", _MINUTE, lambda s: s.sign_ins_per_source)
"""Refused requests of public clients, whose proofs, of keys that nobody knows, leave a row each."""
FIGURES = RateLimit("figures.client", _MINUTE, lambda _: 120)
"""What one client asks of the interface to the figures: each is a few statements."""

OVER_UNTIL = """
SELECT ends_at FROM rate_count
WHERE key = :limit_key AND count >= :limit_most AND ends_at > :at
"""
"""For a statement that checks a limit among other things: its end, or no row if not reached."""
_FIND_END = Prepared(OVER_UNTIL, reads=True)
_COUNT = Prepared(f"""
WITH over AS ({OVER_UNTIL})
INSERT INTO rate_count AS c (key, count, ends_at)
SELECT :limit_key, 1, :ends_at WHERE NOT EXISTS (SELECT FROM over)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN c.ends_at <= :at THEN 1 ELSE c.count + 1 END,
    ends_at = CASE WHEN c.ends_at <= :at THEN :ends_at ELSE c.ends_at END
RETURNING count
""")  # noqa: S608 - a constant


def count(db: Session, allowance: Allowance, *, at: datetime) -> bool:
    """Count one more; False when the allowance is used up, and then nothing is counted."""
    return count_up(db, allowance, at=at) is not None


def count_up(db: Session, allowance: Allowance, *, at: datetime) -> int | None:
    """Count one more: how many there are now, or None when the allowance is used up.

    One statement. Beyond the allowance it locks and writes no row: a flood costs reads.
    """
    row = _COUNT.one(db, {**allowance.values(at), "ends_at": at + allowance.per})
    return None if row is None or row.count > allowance.most else int(row.count)


def leaves_row(nth: int) -> bool:
    """Whether one of many alike is written down for years: the first, then by doubling.

    Nobody is behind them, and no figure counts them.
    """
    return nth <= EACH or nth.bit_count() == 1


def is_over(db: Session, allowance: Allowance, *, at: datetime) -> bool:
    """Whether the allowance is used up; nothing is counted."""
    return find_end(db, allowance, at=at) is not None


def find_end(db: Session, allowance: Allowance, *, at: datetime) -> datetime | None:
    """When a used up allowance begins anew; None while it is not used up."""
    row = _FIND_END.one(db, allowance.values(at))
    return None if row is None else row.ends_at


def take_back(db: Session, allowance: Allowance) -> None:
    """Subtract one that should not have been counted."""
    counter = update(RateCount).where(RateCount.key == allowance.key)
    db.execute(counter.values(count=func.greatest(RateCount.count - 1, 0)))


def count_all(db: Session, allowances: Sequence[Allowance], *, at: datetime) -> Allowance | None:
    """Count one more against each; where one of them is used up, nothing is counted: that one."""
    for nth, allowance in enumerate(allowances):
        if not count(db, allowance, at=at):
            take_all_back(db, allowances[:nth])
            return allowance
    return None


def take_all_back(db: Session, allowances: Sequence[Allowance]) -> None:
    """Subtract one from each."""
    for allowance in allowances:
        take_back(db, allowance)


def drop_past(db: Session, *, before: datetime, limit: int) -> int:
    """Delete a batch of counts whose time ended before; how many."""
    return delete_older(db, RateCount.ends_at, before=before, limit=limit)
