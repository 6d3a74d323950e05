"""What production demands of its settings: one table, and every fault of it told at once.

What it demands of the databases is asked when a node starts (`work.refuse_unfit_databases`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from idp.settings.server import Network

if TYPE_CHECKING:
    from idp.settings import Settings

PLACEHOLDER_PREFIX = "demo-"
"""Secrets that begin so are public knowledge."""
_PLACEHOLDER_WORDS = ("changeme", "change-me", "example", "password", "placeholder", "secret")
_LEAST_LENGTH = 32
_LEAST_SYMBOLS = 8
_LEAST_ARGON2 = 2 * 19 * 1024
"""Memory in KiB × passes: OWASP's least for argon2id, 19 MiB and two passes, or as much work."""
_LEAST_ARGON2_MEMORY = 7 * 1024
_LOCAL_NETWORKS = tuple(
    ip_network(network) for network in ("127.0.0.0/8", "::1/128", "169.254.0.0/16", "fe80::/10")
)


@dataclass(frozen=True)
class Demand:
    """One thing that production refuses to start without; `says` tells what to do about it."""

    says: str
    is_met: Callable[["Settings"], bool]


def find_faults(settings: "Settings") -> list[str]:
    """What production would refuse of these settings: a sentence for each demand not met."""
    return [demand.says for demand in DEMANDS if not demand.is_met(settings)]


def _is_public_host(settings: "Settings") -> bool:
    host = urlsplit(settings.issuer.url).hostname or ""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost" and not host.endswith(".localhost")


def _secrets(settings: "Settings") -> list[str]:
    return [value.get_secret_value() for value in settings.secrets.given]


def _all_differ(settings: "Settings") -> bool:
    """Whether each secret serves one purpose; the subjects' was or is a look-up key."""
    secrets = settings.secrets
    given = [*secrets.given]
    if secrets.subject_key in (secrets.lookup_key, *secrets.other_lookup_keys):
        given.remove(secrets.subject_key)
    return len(set(given)) == len(given)


def _is_strong(secret: str) -> bool:
    """Whether it may be random: long, of many symbols, no repeated pattern, no placeholder."""
    is_repeated = secret in (secret + secret)[1:-1]
    return (
        len(secret) >= _LEAST_LENGTH
        and len(set(secret)) >= _LEAST_SYMBOLS
        and not is_repeated
        and not _is_placeholder(secret)
    )


def _is_placeholder(secret: str) -> bool:
    lowered = secret.lower()
    return lowered.startswith(PLACEHOLDER_PREFIX) or any(
        word in lowered for word in _PLACEHOLDER_WORDS
    )


def _connections(settings: "Settings") -> Iterator[dict[str, str]]:
    """What the driver is told of each database whose URL can be read: a query goes before the rest.

    Who connects is told of the others.
    """
    for url in settings.database.urls.values():
        try:
            address = make_url(url)
            _, told = address.get_dialect()().create_connect_args(address)
        except ArgumentError:
            continue
        yield {name: _joined(value) for name, value in told.items()}


def _joined(value: object) -> str:
    """What stands in a query twice, as a list; it is then no mode and no password."""
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _has_own_database_passwords(settings: "Settings") -> bool:
    passwords = [told["password"] for told in _connections(settings) if "password" in told]
    return not any(_is_placeholder(password) or len(password) < 8 for password in passwords)


def _has_a_role_for_each(settings: "Settings") -> bool:
    roles = [told.get("user") for told in _connections(settings)]
    return len(set(roles)) == len(roles)


def _names_no_service(settings: "Settings") -> bool:
    """A service of libpq is a host, a password, anything: nothing of it is seen here."""
    return not any("service" in told for told in _connections(settings))


def _reads_no_stranger(settings: "Settings") -> bool:
    """Whether each database is on this machine, or shows by its certificate that it is the one."""
    return all(
        told.get("sslmode") == "verify-full" or all(map(_is_local, _hosts(told)))
        for told in _connections(settings)
    )


def _hosts(told: dict[str, str]) -> list[str]:
    return [host for name in ("host", "hostaddr") for host in told.get(name, "").split(",")]


def _is_local(host: str) -> bool:
    if not host or host.startswith("/") or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_narrow(network: Network) -> bool:
    return network.prefixlen >= (8 if isinstance(network, IPv4Network) else 16)


def _is_outside_this_machine(network: Network) -> bool:
    return not any(
        network.version == local.version and network.overlaps(local) for local in _LOCAL_NETWORKS
    )


def _hashes_slowly(settings: "Settings") -> bool:
    memory, passes = settings.passwords.argon2_memory_kib, settings.passwords.argon2_time
    return memory >= _LEAST_ARGON2_MEMORY and memory * passes >= _LEAST_ARGON2


DEMANDS = (
    Demand(
        "IDP_ISSUER__URL must begin with https://.",
        lambda settings: settings.issuer.is_https,
    ),
    Demand(
        "IDP_ISSUER__URL must name a host that others reach, not this machine's loopback.",
        _is_public_host,
    ),
    Demand(
        "IDP_SECRETS__ENCRYPTION_KEYS, IDP_SECRETS__LOOKUP_KEY and every other secret given must "
        f"each be random, {_LEAST_LENGTH} characters or more (openssl rand -hex 32), and no "
        "placeholder.",
        lambda settings: (
            bool(settings.secrets.encryption_keys) and all(map(_is_strong, _secrets(settings)))
        ),
    ),
    Demand(
        "The secrets of IDP_SECRETS__ must all differ; but IDP_SECRETS__SUBJECT_KEY may be a "
        "look-up key.",
        _all_differ,
    ),
    Demand(
        "IDP_DATABASE__URL, IDP_DATABASE__OWNER_URL and IDP_DATABASE__SEALER_URL need passwords of "
        "their own, 8 characters or more: those of deploy/roles.sql are public.",
        _has_own_database_passwords,
    ),
    Demand(
        "IDP_DATABASE__URL, IDP_DATABASE__OWNER_URL and IDP_DATABASE__SEALER_URL must each name "
        "another role: who serves owns no table and seals nothing.",
        _has_a_role_for_each,
    ),
    Demand(
        "IDP_DATABASE__URL, IDP_DATABASE__OWNER_URL and IDP_DATABASE__SEALER_URL must say where "
        "they lead: no ?service=.",
        _names_no_service,
    ),
    Demand(
        "A database on another machine needs ?sslmode=verify-full at the end of IDP_DATABASE__URL, "
        "IDP_DATABASE__OWNER_URL and IDP_DATABASE__SEALER_URL, and &sslrootcert=FILE where its "
        "authority is your own.",
        _reads_no_stranger,
    ),
    Demand(
        "IDP_DATABASE__SEALER_URL needs IDP_SECRETS__JOURNAL_KEYS, which sign what it seals.",
        lambda settings: not settings.database.sealer_url or bool(settings.secrets.journal_keys),
    ),
    Demand(
        "IDP_SERVER__TRUSTED_PROXIES names networks too wide (IPv4 /8, IPv6 /16 at least): whoever "
        "is in them may say where a request comes from.",
        lambda settings: all(map(_is_narrow, settings.server.trusted_proxies)),
    ),
    Demand(
        "IDP_MTLS__CERTIFICATE_HEADER needs IDP_SERVER__TRUSTED_PROXIES: from anybody else the "
        "header is not believed.",
        lambda settings: (
            not settings.mtls.certificate_header or bool(settings.server.trusted_proxies)
        ),
    ),
    Demand(
        "IDP_OUTBOUND__PRIVATE_NETWORKS must be narrow (IPv4 /8, IPv6 /16 at least), and without "
        "loopback and link-local addresses.",
        lambda settings: all(
            _is_narrow(network) and _is_outside_this_machine(network)
            for network in settings.outbound.private_networks
        ),
    ),
    Demand(
        "IDP_PASSWORDS__ARGON2_MEMORY_KIB × IDP_PASSWORDS__ARGON2_TIME must be "
        f"{_LEAST_ARGON2} or more, with {_LEAST_ARGON2_MEMORY} KiB at least.",
        _hashes_slowly,
    ),
    Demand(
        "IDP_PASSWORDS__MIN_LENGTH must be 15 or more, and IDP_PASSWORDS__MAX_LENGTH 64 or more "
        "(NIST SP 800-63B-4).",
        lambda settings: (
            settings.passwords.min_length >= 15 and settings.passwords.max_length >= 64
        ),
    ),
    Demand(
        "IDP_MAIL__SECURITY must be starttls or tls: codes are in the mail. Only to a server on "
        "this machine it may be none.",
        lambda settings: (
            not settings.mail.host
            or settings.mail.security != "none"
            or settings.mail.host in ("localhost", "127.0.0.1", "::1")
        ),
    ),
    Demand(
        "IDP_MAIL__SENDER must be the address that mail comes from, if IDP_MAIL__HOST is set.",
        lambda settings: not settings.mail.host or "@" in settings.mail.sender,
    ),
    Demand(
        "IDP_ASSURANCE__CONFIRMATION_DELAY must be 24 hours or more: a person has to see what was "
        "set up in their name.",
        lambda settings: settings.assurance.confirmation_delay >= timedelta(hours=24),
    ),
    Demand(
        "IDP_ASSURANCE__ENROLMENT_FRESH must be 5 minutes at most, and IDP_SESSIONS__STAFF_FRESH "
        "15.",
        lambda settings: (
            settings.assurance.enrolment_fresh <= timedelta(minutes=5)
            and settings.sessions.staff_fresh <= timedelta(minutes=15)
        ),
    ),
    Demand(
        "IDP_REGISTRATION__REQUIRES_PKCE must stay on.",
        lambda settings: settings.registration.requires_pkce,
    ),
    Demand(
        "IDP_REGISTRATION__PROFILE must stay openid.",
        lambda settings: settings.registration.profile == "openid",
    ),
    Demand(
        "IDP_ADOPTION__IS_SYNTHETIC must stay off: the figures are those of real people.",
        lambda settings: not settings.adoption.is_synthetic,
    ),
)
