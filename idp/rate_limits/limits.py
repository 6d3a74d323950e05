"""The table of limits: what may happen how often, and what it is counted by."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv6Network, ip_address

from idp.kit.crypto import Keyring
from idp.settings.people import ThrottleSettings

_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)
_IPV6_PREFIX = 64
"""One customer's share of IPv6: whoever has one address has all of these."""


@dataclass(frozen=True)
class Allowance:
    """What one source, or one of something else, may do within a time. `key` is a keyed hash."""

    key: bytes = field(repr=False)
    most: int
    per: timedelta


@dataclass(frozen=True)
class RateLimit:
    """So many within a time that begins with the first; `by` says what of a value is counted."""

    name: str
    per: timedelta
    most: Callable[[ThrottleSettings], int]
    by: Callable[[str], str] = str

    def of(self, value: str, *, keyring: Keyring, settings: ThrottleSettings) -> Allowance:
        """The allowance of an address, or of what else the limit counts by; neither is kept."""
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
"""Wrong secrets."""
REGISTRATIONS = RateLimit("registrations.source", _HOUR, _few, source_of)
REGISTRATIONS_OF_NUMBER = RateLimit("registrations.number", _HOUR, _few)
DEVICE_CODES = RateLimit("device-codes.source", _HOUR, lambda s: s.source_limit, source_of)
"""Codes of devices that were typed wrong."""
DEVICE_CODES_OF_BROWSER = RateLimit("device-codes.browser", _HOUR, _few)
SIGN_INS = RateLimit(
    "sign_ins.source", timedelta(minutes=1), lambda s: s.sign_ins_per_source, source_of
)
"""Sign-ins begun, whether anybody goes on with them or not."""
