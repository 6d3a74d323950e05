"""What a person's own pages have been handed."""

from dataclasses import dataclass

from idp.factors.passkey_site import PasskeySite
from idp.settings.people import (
    AssuranceSettings,
    ClosingSettings,
    PasswordSettings,
    RecoverySettings,
    ThrottleSettings,
)
from idp.web.reach import ReachingPart


@dataclass(frozen=True, kw_only=True)
class AccountPart(ReachingPart):
    """Rules of passwords, waits and levels, and how people can be reached."""

    passwords: PasswordSettings
    throttle: ThrottleSettings
    assurance: AssuranceSettings
    recovery: RecoverySettings
    closing: ClosingSettings
    passkeys: PasskeySite
