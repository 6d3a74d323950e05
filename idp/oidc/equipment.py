"""What one request to an endpoint works with besides the request itself."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from idp.keys.cache import SigningKeys
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.rationing import Ration
from idp.oidc.subjects import subject_of
from idp.relying_parties.client_keys import ClientKeys
from idp.relying_parties.party import RegisteredParty
from idp.settings import Settings


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


def seconds(lifetime: timedelta) -> int:
    """A lifetime in whole seconds, as tokens say it."""
    return int(lifetime.total_seconds())
