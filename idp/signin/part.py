"""What the sign-in pages have been handed."""

from idp.factors.passkey_site import PasskeySite
from idp.kit.immutable import immutable
from idp.relying_parties.cache import RelyingPartyCache
from idp.settings.people import AssuranceSettings, PasswordSettings, ThrottleSettings
from idp.web.reach import ReachingPart


@immutable(kw_only=True)
class SignInPart(ReachingPart):
    """Rules of passwords, waits and levels, how people can be reached, who asks, and passkeys."""

    passwords: PasswordSettings
    throttle: ThrottleSettings
    assurance: AssuranceSettings
    relying_parties: RelyingPartyCache
    passkeys: PasskeySite
