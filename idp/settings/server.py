"""Settings of the machine room: addresses, database, limits, proxies, secrets."""

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from idp.kit.crypto import Keyring
from idp.kit.errors import ConfigurationError
from idp.kit.signatures import Signer
from idp.settings.group import Group

Network: TypeAlias = IPv4Network | IPv6Network
_HEADER = r"^[A-Za-z0-9_-]*$"
"""The name of a header, without the colon."""


class IssuerSettings(Group):
    url: str = "http://localhost:8000"
    """The issuer identifier: scheme, host and port, nothing after them, not even a slash. Every
    link is built from it."""
    allows_loopback: bool = False
    """Whether relying parties may be on this machine, by http too, and their keys, requests and
    sign-outs be fetched and told there: for development under an https issuer. Production refuses
    it; an http issuer on this machine allows it anyway."""

    @property
    def is_https(self) -> bool:
        """Whether cookies may be Secure and `__Host-`."""
        return self.url.startswith("https://")

    @property
    def host(self) -> str:
        """Host name and port, as a browser sends them."""
        return urlsplit(self.url).netloc


class DatabaseSettings(Group):
    url: str = ""
    """SQLAlchemy URL of the serving role `idp_app`. Empty: the embedded server is used."""
    owner_url: str = ""
    """SQLAlchemy URL of the role `idp_owner`, which migrates. Empty: the embedded server."""
    sealer_url: str = ""
    """SQLAlchemy URL of the role `idp_sealer`, for whoever does the node's tasks. Empty: the
    embedded server."""
    pool_size: int = Field(default=14, ge=1)
    """Connections a worker keeps; two more than half as many again as its threads."""
    pool_timeout: timedelta = timedelta(seconds=1)
    """How long a request waits for a connection before it is told to come back."""
    statement_timeout: timedelta = timedelta(seconds=1.5)
    """The longest a statement of a request may run."""
    lock_timeout: timedelta = timedelta(seconds=1)
    """The longest a request waits for a row lock."""
    idle_transaction_timeout: timedelta = timedelta(seconds=10)
    """The longest a transaction may sit idle; also bounds what the sealer waits for."""

    @property
    def urls(self) -> dict[str, str]:
        """Every role's URL, by the name of its environment variable."""
        names = ("url", "owner_url", "sealer_url")
        return {f"IDP_DATABASE__{name.upper()}": getattr(self, name) for name in names}


class JournalSettings(Group):
    heads_file: Path | None = None
    """A file, to which the database's owner has no way, that is told the journal's newest seal
    every minute, a line each."""
    sources_kept_for: timedelta = timedelta(days=365)
    """How long address and port of a sign-in, a change or a refusal are kept, encrypted."""


class ServerSettings(Group):
    threads: int = 8
    """Threads a worker runs requests in; half as many more are for whoever is not signed in."""
    hashing_threads: int = Field(default=0, ge=0)
    """Threads besides, for requests that check or make a password. 0: a worker's share of the
    cores, and one more."""
    max_body_bytes: int = 64 * 1024
    """The largest request body accepted, but for lists of agencies."""
    queue_limit: int = 64
    """Requests that may wait for a thread; one more is answered 503 at once."""
    queue_wait: timedelta = timedelta(seconds=1)
    """How long a request may wait for a thread before it is answered 503."""
    connections: int = Field(default=1000, ge=1)
    """Connections a worker keeps; one more ends the one whose next request has been awaited
    longest. A worker needs as many open files and some (`ulimit -n`)."""
    head_timeout: timedelta = timedelta(seconds=10)
    """How long the head of a request may take, from the connection's beginning or the last answer,
    and how long an answer may wait to be taken."""
    trusted_proxies: tuple[Network, ...] = ()
    """Networks of the reverse proxies whose X-Forwarded-For is believed, and whose word about
    client certificates."""
    port_header: str = Field(default="", pattern=_HEADER)
    """Header in which such a proxy says the port that the person's device called from (nginx:
    `$remote_port`). Empty: behind a proxy the journal keeps the address alone."""


class MutualTlsSettings(Group):
    certificate_header: str = Field(default="", pattern=_HEADER)
    """Header in which a trusted proxy passes on the certificate a client showed: URL-encoded PEM
    (nginx: `$ssl_client_escaped_cert`) or RFC 9440. Empty: certificates are not looked at."""
    verified_header: str = Field(default="", pattern=_HEADER)
    """Header in which that proxy says SUCCESS when it has verified the certificate's chain (nginx:
    `$ssl_client_verify`). Empty: `tls_client_auth` is not offered."""
    url: str = Field(default="", pattern=r"^(https?://.*[^/])?$")
    """Where the proxy asks for certificates, without a trailing slash, if it does so at another
    address than the issuer's; discovery then names the endpoints there."""


class OutboundSettings(Group):
    private_networks: tuple[Network, ...] = ()
    """Private networks in which relying parties' own addresses (keys, requests) may lie."""
    timeout: timedelta = timedelta(seconds=5)
    """The longest a fetch from a relying party may take."""
    max_bytes: int = 1_000_000
    """The largest answer read from a relying party."""


class MailSettings(Group):
    host: str = Field(default="", pattern=r"^([A-Za-z0-9._-]+|[0-9A-Fa-f:.]+)?$")
    """Mail server that messages to people are handed to. Empty: none are sent, and where a code by
    mail would do, people are sent to a desk."""
    port: int = Field(default=587, ge=1, le=65535)
    """Its port: 587 for submission with STARTTLS, 465 with TLS from the first byte."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is encrypted; its certificate is verified. `none` is for a server on this
    machine."""
    user: str = ""
    """Whom to log in as. Empty: without logging in."""
    password: SecretStr = SecretStr("")
    """Their password."""
    sender: str = ""
    """The address that all mail comes from; a name may stand before it, as in `OneDoor <id@…>`."""
    timeout: timedelta = timedelta(seconds=5)
    """How long to wait for each answer of the server."""


class SmsSettings(Group):
    url: str = Field(default="", pattern=r"^(https?://[\x21-\x7e]+)?$")
    """Gateway that text messages are handed to, as `deploy/sms-gateway.yaml` describes. Empty: none
    are sent, and people can give no phone number. Its answer is waited for as long as
    `IDP_OUTBOUND__TIMEOUT` says; a private network of its stands in
    `IDP_OUTBOUND__PRIVATE_NETWORKS`."""
    key: SecretStr = SecretStr("")
    """The key that both sides know: each request is signed with it."""
    day_budget: int = Field(default=20_000, ge=1)
    """Text messages on a day of the country. From four fifths on operators are told; once they are
    spent no code is sent by text message, and news go by mail to whoever has an address."""


class SecretsSettings(Group):
    encryption_keys: tuple[SecretStr, ...] = ()
    """Key ring for data at rest, newest first."""
    lookup_key: SecretStr = SecretStr("")
    """Key of the hashes by which identifiers are found."""
    other_lookup_keys: tuple[SecretStr, ...] = ()
    """Keys of hashes that are looked for too, as long as the look-up key is being rotated."""
    subject_key: SecretStr = SecretStr("")
    """Key of the subjects and sessions that relying parties are told, which never change: the first
    look-up key there was, once it is rotated. Empty: the look-up key."""
    journal_keys: tuple[SecretStr, ...] = ()
    """Keys that sign the journal's seals, newest first, for whoever does the node's tasks."""

    @property
    def given(self) -> tuple[SecretStr, ...]:
        """Every secret there has to be, and those that were given besides."""
        subject = (self.subject_key,) if self.subject_key.get_secret_value() else ()
        lookup = (self.lookup_key, *self.other_lookup_keys)
        return (*self.encryption_keys, *lookup, *subject, *self.journal_keys)

    def journal_signer(self) -> Signer:
        """What signs the journal's seals; raises ConfigurationError when there is no key."""
        keys = [key.get_secret_value() for key in self.journal_keys]
        if not keys or not all(keys):
            raise ConfigurationError(
                "The journal is signed: set IDP_SECRETS__JOURNAL_KEYS (a JSON list)."
            )
        return Signer(keys)

    def keyring(self) -> Keyring:
        """The key ring of these secrets; raises ConfigurationError when one is missing."""
        keys = [key.get_secret_value() for key in self.encryption_keys]
        lookup = self.lookup_key.get_secret_value()
        if not keys or not all(keys) or not lookup:
            raise ConfigurationError(
                "Secrets are missing: set IDP_SECRETS__ENCRYPTION_KEYS (a JSON list) and "
                "IDP_SECRETS__LOOKUP_KEY."
            )
        others = [key.get_secret_value() for key in self.other_lookup_keys]
        subject = self.subject_key.get_secret_value()
        if others and not subject:
            raise ConfigurationError(
                "Set IDP_SECRETS__SUBJECT_KEY before IDP_SECRETS__OTHER_LOOKUP_KEYS: to the first "
                "look-up key there was, or agencies see other subjects."
            )
        return Keyring(keys, lookup, other_lookup_secrets=others, subject_secret=subject)
