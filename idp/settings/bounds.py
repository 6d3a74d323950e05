"""Settings that are an amount, and between what production takes each.

Beyond its bound a limit limits nothing, a token or session that was stolen serves the thief too
long, a node does nothing or takes more than it has, or what happened can no longer be looked into.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from idp.kit.immutable import immutable

if TYPE_CHECKING:
    from idp.settings import Settings

Amount = int | timedelta
_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@immutable
class Bound:
    """The least and the most that production takes of one setting."""

    group: str
    name: str
    least: Amount
    most: Amount

    def is_met(self, settings: "Settings") -> bool:
        """Whether the setting lies between them."""
        amount = getattr(getattr(settings, self.group), self.name)
        return bool(self.least <= amount <= self.most)

    @property
    def says(self) -> str:
        """What to do about it."""
        name = f"IDP_{self.group}__{self.name}".upper()
        return f"{name} must be between {_told(self.least)} and {_told(self.most)}."


def _told(amount: Amount) -> str:
    """As the setting is written: seconds for what is not a number."""
    if isinstance(amount, timedelta):
        return f"P{amount.days}D" if amount >= _DAY else f"PT{amount.total_seconds():g}S"
    return str(amount)


BOUNDS = (
    Bound("journal", "sources_kept_for", 90 * _DAY, 731 * _DAY),
    Bound("database", "pool_size", 2, 200),
    Bound("database", "pool_timeout", _SECOND / 10, 10 * _SECOND),
    Bound("database", "statement_timeout", _SECOND / 2, 10 * _SECOND),
    Bound("database", "lock_timeout", _SECOND / 2, 10 * _SECOND),
    Bound("database", "idle_transaction_timeout", _SECOND, _MINUTE),
    Bound("sms", "day_budget", 100, 2_000_000),
    Bound("server", "threads", 1, 128),
    Bound("server", "hashing_threads", 0, 128),
    Bound("server", "queue_limit", 1, 1000),
    Bound("server", "max_body_bytes", 16 * 1024, 1024 * 1024),
    Bound("server", "connections", 64, 20_000),
    Bound("server", "head_timeout", _SECOND, _MINUTE),
    Bound("server", "queue_wait", timedelta(0), 10 * _SECOND),
    Bound("outbound", "timeout", _SECOND, 10 * _SECOND),
    Bound("outbound", "max_bytes", 64 * 1024, 10_000_000),
    Bound("passwords", "min_length", 15, 64),
    Bound("passwords", "max_length", 64, 1024),
    Bound("throttle", "max_failures", 5, 100),
    Bound("throttle", "decay", 5 * _MINUTE, _DAY),
    Bound("throttle", "second_factor_decay", _HOUR, 7 * _DAY),
    Bound("throttle", "source_limit", 10, 1000),
    Bound("throttle", "source_limit_per_person", 1, 100),
    Bound("throttle", "source_limit_at_account", 3, 100),
    Bound("throttle", "known_devices", 1, 50),
    Bound("throttle", "sign_ins_per_source", 10, 3000),
    Bound("sessions", "idle", _MINUTE, _HOUR),
    Bound("sessions", "total", _HOUR, _DAY),
    Bound("sessions", "touch_every", _SECOND, 5 * _MINUTE),
    Bound("sessions", "interaction", 5 * _MINUTE, _HOUR),
    Bound("sessions", "staff_fresh", _MINUTE, 15 * _MINUTE),
    Bound("tokens", "access_lifetime", _MINUTE, _HOUR),
    Bound("tokens", "id_token_lifetime", _MINUTE, _HOUR),
    Bound("tokens", "machine_lifetime", _MINUTE, _HOUR),
    Bound("tokens", "exchanged_lifetime", _SECOND, _HOUR),
    Bound("tokens", "refresh_lifetime", _HOUR, 90 * _DAY),
    Bound("tokens", "refresh_total", _HOUR, 731 * _DAY),
    Bound("devices", "lifetime", _MINUTE, 30 * _MINUTE),
    Bound("devices", "poll_every", _SECOND, _MINUTE),
    Bound("devices", "waiting_per_client", 1, 10_000),
    Bound("devices", "waiting_per_source", 1, 1000),
    Bound("post", "takes_days", 1, 30),
    Bound("post", "valid", 7 * _DAY, 30 * _DAY),
    Bound("mail", "timeout", _SECOND, 30 * _SECOND),
    Bound("adoption", "target_percent", 1, 100),
    Bound("keys", "rotate_every", timedelta(0), 366 * _DAY),
    Bound("assurance", "enrolment_fresh", _MINUTE, 5 * _MINUTE),
    Bound("assurance", "confirmation_delay", _DAY, 31 * _DAY),
    Bound("assurance", "hardware_fresh", _MINUTE, _HOUR),
)
