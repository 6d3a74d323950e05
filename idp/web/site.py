"""What every page and endpoint knows of the site it belongs to."""

from dataclasses import dataclass, field
from datetime import date

from idp.kit.crypto import Keyring
from idp.kit.rationing import Ration
from idp.settings.people import CountrySettings, SessionSettings, ThrottleSettings
from idp.settings.server import IssuerSettings, MutualTlsSettings, Network
from idp.web.part import Part


@dataclass(frozen=True, kw_only=True)
class Site(Part):
    """The part of every room."""

    issuer: IssuerSettings
    country: CountrySettings
    sessions: SessionSettings
    mtls: MutualTlsSettings
    trusted_proxies: tuple[Network, ...]
    program_paths: tuple[str, ...]
    """Addresses whose callers are programs: errors are answered with OAuth JSON."""
    throttle: ThrottleSettings
    keyring: Keyring = field(repr=False)
    csrf_key: bytes = field(repr=False)
    error_reports: Ration
    """How many refusals of one kind, source and relying party are written down in a minute."""

    @property
    def today(self) -> date:
        """The country's day."""
        return self.country.today
