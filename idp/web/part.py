"""What the rooms of the serving process have been handed, by its type."""

from dataclasses import field
from datetime import date
from functools import cached_property
from typing import Self

from starlette.requests import HTTPConnection

from idp.factors.rules import FactorRules
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.kit.rationing import Ration
from idp.people.text_budget import TextBudget
from idp.settings.people import CountrySettings, SessionSettings, ThrottleSettings
from idp.settings.server import IssuerSettings, MutualTlsSettings, Network


class Part:
    """Settings in groups, keys, caches, limiters: made once for the process, frozen, shared.

    `idp.runtime` makes every part; a room reads its own: `SignInPart.of(request).throttle`.
    """

    @classmethod
    def of(cls, request: HTTPConnection) -> Self:
        """The part of this type in the application that serves the request."""
        part: Self = request.scope["app"].state.parts[cls]
        return part


@immutable(kw_only=True)
class Site(Part):
    """The part that every page and endpoint reads."""

    issuer: IssuerSettings
    country: CountrySettings
    sessions: SessionSettings
    mtls: MutualTlsSettings
    trusted_proxies: tuple[Network, ...]
    port_header: str = ""
    program_paths: tuple[str, ...]
    """Where callers are programs (`is_for_programs`): errors are answered with OAuth JSON."""
    cross_origin_paths: tuple[str, ...] = ()
    """Addresses whose every answer pages of any origin may read."""
    throttle: ThrottleSettings
    texts: TextBudget
    """How many text messages a day may bring."""
    keyring: Keyring = field(repr=False)
    factor_rules: FactorRules
    """What is taken of the factors that people show."""
    csrf_key: bytes = field(repr=False)
    error_reports: Ration
    """How many refusals of one kind, source and relying party are written down in a minute."""

    def is_for_programs(self, path: str) -> bool:
        """Whether the address is one of `program_paths`, or below one."""
        return path in self.program_paths or path.startswith(self._below_programs)

    @cached_property
    def _below_programs(self) -> tuple[str, ...]:
        return tuple(f"{path}/" for path in self.program_paths)

    @property
    def today(self) -> date:
        """The country's day."""
        return self.country.today
