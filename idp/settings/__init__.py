"""Every setting, typed, frozen, read once from `IDP_…` environment variables.

Rooms receive their own group as an argument, never a global. A nested field is written with two
underscores: `IDP_TOKENS__CODE_LIFETIME=PT60S`.
"""

import os
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from idp.kit import clock
from idp.settings.names import DELIMITER, PREFIX, find_unknown
from idp.settings.operator import OperatorSettings
from idp.settings.people import (
    AdoptionSettings,
    AssuranceSettings,
    ClosingSettings,
    CountrySettings,
    PasskeySettings,
    PasswordSettings,
    PostSettings,
    RecoverySettings,
    SessionSettings,
    ThrottleSettings,
)
from idp.settings.production import find_faults
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
    JournalSettings,
    MailSettings,
    MutualTlsSettings,
    OutboundSettings,
    SecretsSettings,
    ServerSettings,
    SmsSettings,
)


class Settings(BaseSettings):
    """All groups. `Settings()` reads the environment; tests pass values."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=DELIMITER, frozen=True
    )

    environment: Literal["development", "demo", "test", "production"] = "development"
    """Production refuses what is unsafe (`settings/production.py` is the list)."""
    data_dir: Path = Path("var")
    """Where the embedded database and generated demo keys live."""
    issuer: IssuerSettings = Field(default_factory=IssuerSettings)
    operator: OperatorSettings = Field(default_factory=OperatorSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    journal: JournalSettings = Field(default_factory=JournalSettings)
    server: ServerSettings = Field(default_factory=ServerSettings)
    outbound: OutboundSettings = Field(default_factory=OutboundSettings)
    mail: MailSettings = Field(default_factory=MailSettings)
    sms: SmsSettings = Field(default_factory=SmsSettings)
    mtls: MutualTlsSettings = Field(default_factory=MutualTlsSettings)
    protocol: ProtocolSettings = Field(default_factory=ProtocolSettings)
    dpop: DpopSettings = Field(default_factory=DpopSettings)
    registration: RegistrationSettings = Field(default_factory=RegistrationSettings)
    secrets: SecretsSettings = Field(default_factory=SecretsSettings)
    passwords: PasswordSettings = Field(default_factory=PasswordSettings)
    passkeys: PasskeySettings = Field(default_factory=PasskeySettings)
    throttle: ThrottleSettings = Field(default_factory=ThrottleSettings)
    sessions: SessionSettings = Field(default_factory=SessionSettings)
    tokens: TokenSettings = Field(default_factory=TokenSettings)
    devices: DeviceSettings = Field(default_factory=DeviceSettings)
    keys: KeySettings = Field(default_factory=KeySettings)
    assurance: AssuranceSettings = Field(default_factory=AssuranceSettings)
    post: PostSettings = Field(default_factory=PostSettings)
    recovery: RecoverySettings = Field(default_factory=RecoverySettings)
    closing: ClosingSettings = Field(default_factory=ClosingSettings)
    country: CountrySettings = Field(default_factory=CountrySettings)
    adoption: AdoptionSettings = Field(default_factory=AdoptionSettings)

    @property
    def is_production(self) -> bool:
        """Whether real people sign in here."""
        return self.environment == "production"

    @property
    def shows_mail(self) -> bool:
        """Whether mail is shown on a page instead of being sent: in a demo without a server."""
        return self.environment == "demo" and not self.mail.host

    @property
    def offers_mail(self) -> bool:
        """Whether a person can be reached by mail."""
        return bool(self.mail.host) or self.shows_mail

    @property
    def shows_texts(self) -> bool:
        """Whether text messages are shown on that page: in a demo without a gateway either."""
        return self.shows_mail and not self.sms.url

    @property
    def offers_texts(self) -> bool:
        """Whether a person can be reached by text message."""
        return bool(self.sms.url) or self.shows_texts

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, values: Any) -> Any:
        if unknown := find_unknown(os.environ, cls.model_fields):
            raise ValueError(" ".join(unknown))
        return values

    def model_post_init(self, _context: Any, /) -> None:
        """The process counts the country's days from here on (`kit.clock`)."""
        clock.live_in(self.country.time_zone)

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> "Settings":
        parts = urlsplit(self.issuer.url)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or self.issuer.url.endswith("/")
        ):
            raise ValueError("IDP_ISSUER__URL must be an http(s) URL without a trailing slash")
        if parts.path or {"?", "#"} & {*self.issuer.url}:
            raise ValueError(
                "IDP_ISSUER__URL must name a host and have nothing after it: pages, cookies and "
                "links are at the root of a host. Give the provider one of its own"
            )
        if self.issuer.is_https and "environment" not in self.model_fields_set:
            raise ValueError(
                "an https issuer needs IDP_ENVIRONMENT: production, or what else this is"
            )
        faults = find_faults(self) if self.is_production else []
        if faults:
            told = " ".join(f"({number}) {fault}" for number, fault in enumerate(faults, 1))
            raise ValueError(f"production refuses to start. {told}")
        return self
