"""What the OpenID Provider is made of in this process."""

from dataclasses import field
from datetime import date
from functools import cached_property
from uuid import UUID

from idp.authorization.advance import Rules
from idp.factors.rules import FactorRules
from idp.keys.cache import SigningKeys
from idp.kit.crypto import Keyring
from idp.kit.http import GuardedClient
from idp.kit.immutable import immutable
from idp.kit.rationing import Ration
from idp.people.models import ContactKind
from idp.relying_parties.cache import RelyingPartyCache
from idp.relying_parties.client_keys import ClientKeys
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.subjects import sid_of, subject_of
from idp.settings.people import (
    AssuranceSettings,
    CountrySettings,
    SessionSettings,
    Target,
    ThrottleSettings,
)
from idp.settings.protocol import (
    DeviceSettings,
    DpopSettings,
    ProtocolSettings,
    RegistrationSettings,
    TokenSettings,
)
from idp.settings.server import IssuerSettings, MutualTlsSettings
from idp.web.part import Part


@immutable(kw_only=True)
class OidcPart(Part):
    """Settings in groups, keys, caches, and what bounds the rows that strangers can cause."""

    issuer: IssuerSettings
    mtls: MutualTlsSettings
    protocol: ProtocolSettings
    dpop: DpopSettings
    registration: RegistrationSettings
    tokens: TokenSettings
    devices: DeviceSettings
    sessions: SessionSettings
    throttle: ThrottleSettings
    assurance: AssuranceSettings
    country: CountrySettings
    target: Target
    """The legal one, as programs read of the figures."""
    factor_rules: FactorRules
    keyring: Keyring = field(repr=False)
    signing_keys: SigningKeys
    relying_parties: RelyingPartyCache
    client_keys: ClientKeys
    outbound: GuardedClient
    reached_by: frozenset[ContactKind]
    """By which kinds of contact we can reach people, so that they can give one."""
    refusals: Ration
    """Refused requests of one client and kind that are journaled in a minute; of one source, where
    the client has not shown that it is the one."""
    audits: Ration
    """Journal rows in a minute for tokens between services that differ in nothing told."""

    @property
    def today(self) -> date:
        """The country's day, on which rights to act for others are looked at."""
        return self.country.today

    @cached_property
    def rules(self) -> Rules:
        """What the country has settled about signing in."""
        return Rules(
            assurance=self.assurance,
            sessions=self.sessions,
            country=self.country,
            factors=self.factor_rules,
            keyring=self.keyring,
        )

    def subject_of(self, person_id: UUID, party: RegisteredParty) -> str:
        """The `sub` by which that party knows the person."""
        return subject_of(person_id, party, self.keyring)

    def sid_of(self, sid: UUID, party: RegisteredParty) -> str:
        """The `sid` by which that party knows the session."""
        return sid_of(sid, party, self.keyring)
