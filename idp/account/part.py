"""What a person's own pages have been handed."""

from dataclasses import dataclass

from idp.settings.people import (
    AssuranceSettings,
    PasswordSettings,
    RecoverySettings,
    ThrottleSettings,
)
from idp.web.part import Part


@dataclass(frozen=True, kw_only=True)
class AccountPart(Part):
    """Rules of passwords, waits and levels, and whether people can be reached by mail."""

    passwords: PasswordSettings
    throttle: ThrottleSettings
    assurance: AssuranceSettings
    offers_mail: bool
    recovery: RecoverySettings
    shown_mail: str = ""
    """Where the demo shows what was sent; empty elsewhere."""
