"""What a person's own pages have been handed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.factors.passkey_site import PasskeySite
from idp.people.models import ContactKind
from idp.settings.people import (
    AssuranceSettings,
    PasswordSettings,
    RecoverySettings,
    ThrottleSettings,
)
from idp.web.part import Part


@dataclass(frozen=True, kw_only=True)
class AccountPart(Part):
    """Rules of passwords, waits and levels, and how people can be reached."""

    passwords: PasswordSettings
    throttle: ThrottleSettings
    assurance: AssuranceSettings
    recovery: RecoverySettings
    passkeys: PasskeySite
    reached_by: frozenset[ContactKind]
    shown_by: Mapping[ContactKind, str] = field(default_factory=dict)
    """Where the demo shows what was sent; nothing elsewhere."""

    @property
    def offers_mail(self) -> bool:
        """Whether a person can be reached by mail."""
        return ContactKind.EMAIL in self.reached_by
