"""What a grant works with besides Authlib's request."""

from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from idp.keys.cache import SigningKeys
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.rationing import Ration
from idp.oidc.grants.granted import Granted
from idp.oidc.scopes import NamedService
from idp.oidc.subjects import subject_of
from idp.registry.client_keys import ClientKeys
from idp.registry.party import RegisteredParty
from idp.sessions.lookup import CurrentSession
from idp.settings import Settings
from idp.tokens.grant import GrantedAccess


@dataclass(frozen=True)
class Equipment:
    """Handed to the server object of one request."""

    settings: Settings
    keys: SigningKeys
    keyring: Keyring
    refusals: Ration
    """How many refused token requests of one client and kind are journaled in a minute."""
    audits: Ration
    """One journal row in a minute for tokens between services that differ in nothing told."""
    database: Session | None = None
    """The transaction under way; none for grants that touch no row."""
    is_audited: bool = False
    """Whether this client's machine tokens of the present minute are journaled already."""

    client_keys: ClientKeys = field(kw_only=True)

    def subject_of(self, person_id: UUID, party: RegisteredParty) -> str:
        """The `sub` by which that party knows the person."""
        return subject_of(person_id, party, self.keyring)

    @property
    def today(self) -> date:
        """The country's day, on which rights to act for others are looked at."""
        return clock.today(self.settings.adoption.time_zone)

    @property
    def db(self) -> Session:
        """The transaction under way."""
        if self.database is None:
            raise RuntimeError("this grant touches rows and was given no transaction")
        return self.database


@dataclass(frozen=True, kw_only=True)
class Approval:
    """Authlib's `user` at /authorize: who approved, and what `decide` found."""

    sign_in_id: UUID
    session: CurrentSession
    acr: str
    named: NamedService
    claims: dict[str, Any]
    resources: tuple[str, ...] = ()
    organization_id: UUID | None = None

    def grant_values(
        self, *, relying_party_id: UUID, scope: str, created_at: datetime, expires_at: datetime
    ) -> dict[str, Any]:
        """The column values of the grant this approval makes."""
        return {
            "sign_in_id": self.sign_in_id,
            "relying_party_id": relying_party_id,
            "person_id": self.session.person_id,
            "credentials_epoch": self.session.credentials_epoch,
            "sid": self.session.sid,
            "organization_id": self.organization_id,
            "service_id": self.named.service.id if self.named.service else None,
            "scope": scope,
            "claims": self.claims,
            "resources": list(self.resources),
            "acr": self.acr,
            "amr": list(self.session.amr),
            "authenticated_at": self.session.authenticated_at,
            "is_offline": "offline_access" in scope.split(),
            "created_at": created_at,
            "expires_at": expires_at,
        }

    def granted(self, grant_id: UUID, values: dict[str, Any]) -> Granted:
        """The grant just opened with these column values, as one that is read back."""
        names = {field.name for field in fields(GrantedAccess)}
        access = GrantedAccess(
            **{name: value for name, value in values.items() if name in names},
            grant_id=grant_id,
            subject_number=self.session.subject_number,
            is_standing=True,
        )
        return Granted(access)


def seconds(lifetime: timedelta) -> int:
    """A lifetime in whole seconds, as tokens say it."""
    return int(lifetime.total_seconds())
