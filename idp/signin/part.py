"""What the sign-in pages have been handed."""

from dataclasses import dataclass

from idp.factors.passkey_site import PasskeySite
from idp.relying_parties.cache import RelyingPartyCache
from idp.settings.people import AssuranceSettings, PasswordSettings, ThrottleSettings
from idp.web.part import Part


@dataclass(frozen=True, kw_only=True)
class SignInPart(Part):
    """Rules of passwords, waits and levels, and the relying parties that pages name.

    `passkeys` is for whom they are; `offers_mail`: people can be reached by mail.
    """

    passwords: PasswordSettings
    throttle: ThrottleSettings
    assurance: AssuranceSettings
    relying_parties: RelyingPartyCache
    passkeys: PasskeySite
    offers_mail: bool
    shown_mail: str = ""
    """The page that shows mail instead of its being sent; empty: it is sent."""
