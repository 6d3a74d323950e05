"""Every setting, typed, frozen, read once from `IDP_…` environment variables.

Rooms receive their own group as an argument, never a global. A nested field is written with two
underscores: `IDP_TOKENS__CODE_LIFETIME=PT60S`.
"""

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from idp.kit.crypto import Keyring
from idp.kit.errors import ConfigurationError

PLACEHOLDER_PREFIX = "demo-"
"""Secrets that begin so are public knowledge; production refuses them."""
ResponseType = Literal[
    "code", "code id_token", "code token", "code id_token token", "id_token", "id_token token"
]


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class IssuerSettings(_Group):
    url: str = "http://localhost:8000"
    """The issuer identifier, without a trailing slash. Every link is built from it."""

    @property
    def is_https(self) -> bool:
        """Whether cookies may be Secure and `__Host-`."""
        return self.url.startswith("https://")

    @property
    def host(self) -> str:
        """Host name and port, as a browser sends them."""
        return urlsplit(self.url).netloc


class DatabaseSettings(_Group):
    url: str = ""
    """SQLAlchemy URL of the serving role `idp_app`. Empty: the embedded server is used."""
    owner_url: str = ""
    """SQLAlchemy URL of the role `idp_owner`, which migrates. Empty: the embedded server."""
    pool_size: int = 10
    """Connections a worker keeps; a little more than its threads."""
    pool_timeout: timedelta = timedelta(seconds=1)
    """How long a request waits for a connection before it is told to come back."""
    statement_timeout: timedelta = timedelta(seconds=1.5)
    """The longest a statement of a request may run."""
    lock_timeout: timedelta = timedelta(seconds=1)
    """The longest a request waits for a row lock."""
    idle_transaction_timeout: timedelta = timedelta(seconds=10)
    """The longest a transaction may sit idle; also bounds what the sealer waits for."""


class ServerSettings(_Group):
    threads: int = 8
    """Threads a worker runs requests in."""
    max_body_bytes: int = 64 * 1024
    """The largest request body accepted."""
    queue_limit: int = 64
    """Requests that may wait for a thread; one more is answered 503 at once."""
    queue_wait: timedelta = timedelta(seconds=1)
    """How long a request may wait for a thread before it is answered 503."""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks of the reverse proxies whose X-Forwarded-For is believed, and whose word about
    client certificates."""


class MutualTlsSettings(_Group):
    certificate_header: str = ""
    """Header in which a trusted proxy passes on the certificate a client showed: URL-encoded PEM
    (nginx: `$ssl_client_escaped_cert`) or RFC 9440. Empty: certificates are not looked at."""
    verified_header: str = ""
    """Header in which that proxy says SUCCESS when it has verified the certificate's chain (nginx:
    `$ssl_client_verify`). Empty: `tls_client_auth` is not offered."""
    url: str = Field(default="", pattern=r"^(https?://.*[^/])?$")
    """Where the proxy asks for certificates, without a trailing slash, if it does so at another
    address than the issuer's; discovery then names the endpoints there."""


class ProtocolSettings(_Group):
    response_types: tuple[ResponseType, ...] = Field(default=("code",), min_length=1)
    """Response types offered, to clients that registered them. All but `code` send tokens through
    the browser, and switch on the grant type `implicit`."""


class DpopSettings(_Group):
    nonces_required: bool = False
    """Whether every DPoP proof must carry a nonce of ours. Those of clients whose security profile
    demands sender-constrained tokens must in any case."""


class RegistrationSettings(_Group):
    is_open: bool = False
    """Whether software may register itself as a sandbox client (RFC 7591), with a token to do so.
    Discovery then names the endpoint."""
    requires_pkce: bool = True
    """Whether such clients must use PKCE. Some certification plans send none."""


class OutboundSettings(_Group):
    private_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    """Private networks in which relying parties' own addresses (keys, requests) may lie."""
    timeout: timedelta = timedelta(seconds=5)
    """The longest a fetch from a relying party may take."""
    max_bytes: int = 1_000_000
    """The largest answer read from a relying party."""


class SecretsSettings(_Group):
    encryption_keys: tuple[SecretStr, ...] = ()
    """Key ring for data at rest, newest first."""
    lookup_key: SecretStr = SecretStr("")
    """Key of the hashes by which identifiers are found."""

    def keyring(self) -> Keyring:
        """The key ring of these secrets; raises ConfigurationError when one is missing."""
        keys = [key.get_secret_value() for key in self.encryption_keys]
        lookup = self.lookup_key.get_secret_value()
        if not keys or not all(keys) or not lookup:
            raise ConfigurationError(
                "Secrets are missing: set IDP_SECRETS__ENCRYPTION_KEYS (a JSON list) and "
                "IDP_SECRETS__LOOKUP_KEY."
            )
        return Keyring(keys, lookup)


class PasswordSettings(_Group):
    min_length: int = 15
    """Fewest characters accepted (NIST SP 800-63B-4, password as the only factor)."""
    max_length: int = 128
    """Most characters accepted; longer input is refused before hashing."""
    argon2_memory_kib: int = 19 * 1024
    """argon2id memory in KiB."""
    argon2_time: int = 2
    """argon2id passes."""


class ThrottleSettings(_Group):
    waits: tuple[int, ...] = (0, 0, 1, 3, 5, 10, 30, 60, 300)
    """Seconds to wait after the 1st, 2nd, … failure in a row; the last repeats."""
    max_failures: int = 100
    """Failures in a row after which the account waits for support."""
    source_limit: int = 300
    """Failures per source address and hour."""
    sign_ins_per_source: int = 300
    """Sign-ins that one source may begin in a minute, in each worker. Loopback is not counted."""


class SessionSettings(_Group):
    idle: timedelta = timedelta(hours=1)
    """A session not used for so long ends."""
    total: timedelta = timedelta(hours=24)
    """A session ends so long after it began, whatever happens."""
    touch_every: timedelta = timedelta(minutes=5)
    """How often at most a session's last use is written."""
    interaction: timedelta = timedelta(minutes=30)
    """A sign-in not finished within this time counts as abandoned."""


class TokenSettings(_Group):
    code_lifetime: timedelta = Field(default=timedelta(seconds=60), le=timedelta(seconds=60))
    """An authorization code lives so long, a minute at most (FAPI 2.0 5.3.2.2)."""
    pushed_request_lifetime: timedelta = Field(
        default=timedelta(seconds=90), lt=timedelta(minutes=10)
    )
    """A pushed request may be opened for so long, less than ten minutes (FAPI 2.0 5.3.2.2); the
    sign-in it begins has its own time."""
    access_lifetime: timedelta = timedelta(minutes=10)
    """An access token lives so long."""
    id_token_lifetime: timedelta = timedelta(minutes=10)
    """An ID token lives so long."""
    refresh_lifetime: timedelta = timedelta(days=30)
    """A refresh token unused for so long dies."""
    machine_lifetime: timedelta = timedelta(minutes=10)
    """An access token without a person (client_credentials, JWT bearer) lives so long."""
    exchanged_lifetime: timedelta = timedelta(minutes=5)
    """An exchanged access token lives so long, or as long as what it was exchanged for."""


class DeviceSettings(_Group):
    lifetime: timedelta = timedelta(minutes=10)
    """The code that a device shows may be used for so long (RFC 8628)."""
    poll_every: timedelta = timedelta(seconds=5)
    """How often a device may ask whether the person has decided."""
    waiting_per_client: int = 1000
    """Devices of one client that may wait for someone at the same time."""
    waiting_per_source: int = 100
    """The same from one source address, so that nobody uses up a client's share alone."""


class KeySettings(_Group):
    rotate_every: timedelta = timedelta(days=90)
    """A signing key is succeeded by a new one after so long. Zero: only by command."""
    publish_for: timedelta = Field(default=timedelta(days=1), ge=timedelta(minutes=10))
    """A new key is published so long before it signs; at least ten minutes."""

    @model_validator(mode="after")
    def _refuse_haste(self) -> "KeySettings":
        if self.rotate_every and self.rotate_every <= self.publish_for:
            raise ValueError("rotate_every must be longer than publish_for, or zero")
        return self


class AssuranceLevel(_Group):
    acr: str
    """The value on the wire."""
    proofing: int
    """Least proofing (0 self-declared, 1 matched to the register, 2 face to face)."""
    authentication: int
    """Least authentication (1 one factor, 2 two factors, …; Decree 69/2024 Art. 20)."""


class AssuranceSettings(_Group):
    levels: tuple[AssuranceLevel, ...] = (
        AssuranceLevel(acr="LoA1", proofing=0, authentication=1),
        AssuranceLevel(acr="LoA2", proofing=1, authentication=2),
        AssuranceLevel(acr="LoA3", proofing=2, authentication=2),
        AssuranceLevel(acr="LoA4", proofing=2, authentication=4),
    )
    """The acr table, lowest first."""


class AdoptionSettings(_Group):
    time_zone: str = "Asia/Ho_Chi_Minh"
    """Days and months begin and end in this zone."""
    target_percent: int = 20
    """The legal target (Resolution 17/NQ-CP)."""
    is_synthetic: bool = False
    """Whether the figures come from a synthetic country; every page then says so."""


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
        values = [*self.secrets.encryption_keys, self.secrets.lookup_key]
        if not self.secrets.encryption_keys or any(
            len(value.get_secret_value()) < 32
            or value.get_secret_value().startswith(PLACEHOLDER_PREFIX)
            for value in values
        ):
            raise ValueError(
                "production needs secrets of its own, at least 32 characters each: set "
                "IDP_SECRETS__ENCRYPTION_KEYS and IDP_SECRETS__LOOKUP_KEY"
            )
        return self
