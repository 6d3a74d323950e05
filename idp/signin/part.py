"""What the sign-in pages have been handed."""

from dataclasses import dataclass

from idp.factors.passkey_site import PasskeySite
from idp.relying_parties.cache import RelyingPartyCache
from idp.settings.people import AssuranceSettings, PasswordSettings, ThrottleSettings
from idp.web.reach import ReachingPart


@dataclass(frozen=True, kw_only=True)
class SignInPart(ReachingPart):
    """Rules of passwords, waits and levels, how people can be reached, who asks, and passkeys."""

    passwords: PasswordSettings
    throttle: ThrottleSettings
    assurance: AssuranceSettings
    relying_parties: RelyingPartyCache
    passkeys: PasskeySite
