"""What a person's own pages have been handed."""

from idp.factors.passkey_site import PasskeySite
from idp.kit.immutable import immutable
from idp.settings.people import (
    AssuranceSettings,
    ClosingSettings,
    PasswordSettings,
    RecoverySettings,
    ThrottleSettings,
)
from idp.web.reach import ReachingPart


@immutable(kw_only=True)
class AccountPart(ReachingPart):
    """Rules of passwords, waits and levels, and how people can be reached."""

    passwords: PasswordSettings
    throttle: ThrottleSettings
    assurance: AssuranceSettings
    recovery: RecoverySettings
    closing: ClosingSettings
    passkeys: PasskeySite
