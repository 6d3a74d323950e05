"""What the sign-in pages have been handed."""

from dataclasses import dataclass

from idp.relying_parties.cache import RelyingPartyCache
from idp.settings.people import AssuranceSettings, PasswordSettings, ThrottleSettings
from idp.web.reach import ReachingPart


@dataclass(frozen=True, kw_only=True)
class SignInPart(ReachingPart):
    """Rules of passwords, waits and levels, how people can be reached, and who asks."""

    passwords: PasswordSettings
    throttle: ThrottleSettings
    assurance: AssuranceSettings
    relying_parties: RelyingPartyCache
