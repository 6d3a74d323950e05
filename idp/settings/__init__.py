"""Every setting, typed, frozen, read once from `IDP_…` environment variables.

Rooms receive their own group as an argument, never a global. A nested field is written with two
underscores: `IDP_TOKENS__CODE_LIFETIME=PT60S`.
"""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from idp.settings.people import (
    AdoptionSettings,
    AssuranceSettings,
    CountrySettings,
    PasswordSettings,
    SessionSettings,
    ThrottleSettings,
)
from idp.settings.protocol import (
    DeviceSettings,
    DpopSettings,
    KeySettings,
    ProtocolSettings,
    RegistrationSettings,
    TokenSettings,
)
from idp.settings.server import (
    DatabaseSettings,
    IssuerSettings,
    MutualTlsSettings,
    OutboundSettings,
    SecretsSettings,
    ServerSettings,
)

PLACEHOLDER_PREFIX = "demo-"
"""Secrets that begin so are public knowledge; production refuses them."""


class Settings(BaseSettings):
    """All groups. `Settings()` reads the environment; tests pass values."""

    model_config = SettingsConfigDict(
        env_prefix="IDP_", env_nested_delimiter="__", frozen=True, use_attribute_docstrings=True
    )

    environment: Literal["development", "demo", "test", "production"] = "development"
    """Production refuses placeholder secrets and an http issuer."""
    data_dir: Path = Path("var")
    """Where the embedded database and generated demo keys live."""
    issuer: IssuerSettings = Field(default_factory=IssuerSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    server: ServerSettings = Field(default_factory=ServerSettings)
    outbound: OutboundSettings = Field(default_factory=OutboundSettings)
    mtls: MutualTlsSettings = Field(default_factory=MutualTlsSettings)
    protocol: ProtocolSettings = Field(default_factory=ProtocolSettings)
    dpop: DpopSettings = Field(default_factory=DpopSettings)
    registration: RegistrationSettings = Field(default_factory=RegistrationSettings)
    secrets: SecretsSettings = Field(default_factory=SecretsSettings)
    passwords: PasswordSettings = Field(default_factory=PasswordSettings)
    throttle: ThrottleSettings = Field(default_factory=ThrottleSettings)
    sessions: SessionSettings = Field(default_factory=SessionSettings)
    tokens: TokenSettings = Field(default_factory=TokenSettings)
    devices: DeviceSettings = Field(default_factory=DeviceSettings)
    keys: KeySettings = Field(default_factory=KeySettings)
    assurance: AssuranceSettings = Field(default_factory=AssuranceSettings)
    country: CountrySettings = Field(default_factory=CountrySettings)
    adoption: AdoptionSettings = Field(default_factory=AdoptionSettings)

    @property
    def is_production(self) -> bool:
        """Whether real people sign in here."""
        return self.environment == "production"

    @model_validator(mode="after")
    def _refuse_unsafe_production(self) -> "Settings":
        parts = urlsplit(self.issuer.url)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or self.issuer.url.endswith("/")
        ):
            raise ValueError("IDP_ISSUER__URL must be an http(s) URL without a trailing slash")
        if not self.is_production:
            return self
        if not self.issuer.is_https:
            raise ValueError("production needs an https issuer: set IDP_ISSUER__URL")
        if not self.secrets.encryption_keys or any(
            len(value.get_secret_value()) < 32
            or value.get_secret_value().startswith(PLACEHOLDER_PREFIX)
            for value in self.secrets.given
        ):
            raise ValueError(
                "production needs secrets of its own, at least 32 characters each: set "
                "IDP_SECRETS__ENCRYPTION_KEYS and IDP_SECRETS__LOOKUP_KEY"
            )
        return self
