"""What the database settings have the driver connect to, as production judges it.

libpq adds what a URL leaves unsaid: from the environment, from a service's file, or by default.
Production judges the whole, and lets nothing be added that it would not see.
"""

import os
from collections.abc import Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING

from psycopg.pq import Conninfo
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from idp.settings.randomness import is_password

if TYPE_CHECKING:
    from idp.settings import Settings

_DEFAULTS = Conninfo.get_defaults
LIBPQ_VARIABLES = frozenset(
    {option.envvar.decode() for option in _DEFAULTS() if option.envvar}
    | {"PGSERVICEFILE", "PGSYSCONFDIR", "PGLOCALEDIR", "PGREQUIRESSL", "PGOAUTHDEBUG"}
    | {"PGDATESTYLE", "PGTZ", "PGGEQO"}
)
"""What libpq reads of the environment: for an option of a connection, as it says itself; for its
files, older ones and those of tests; and for a session (libpq's documentation, "Environment
Variables")."""


def reads_no_variable(_settings: "Settings") -> bool:
    """Whether nothing stands in the environment that libpq would read besides these settings."""
    return LIBPQ_VARIABLES.isdisjoint(os.environ)


def leads_where_it_says(settings: "Settings") -> bool:
    """Whether no URL names a service, which is a host, a password, anything, or session options."""
    return not any(told.get("service") or told.get("options") for told in _connections(settings))


def has_own_passwords(settings: "Settings") -> bool:
    """Whether each role's password is good, and no other role's; one without has another proof."""
    passwords = [told["password"] for told in _connections(settings) if "password" in told]
    return all(map(is_password, passwords)) and len(set(passwords)) == len(passwords)


def has_a_role_for_each(settings: "Settings") -> bool:
    """Whether no two URLs connect as the same role."""
    roles = [told.get("user") for told in _connections(settings)]
    return len(set(roles)) == len(roles)


def reads_no_stranger(settings: "Settings") -> bool:
    """Whether each database is on this machine, or shows by its certificate that it is the one."""
    return all(
        told.get("sslmode") == "verify-full" or all(map(_is_local, _hosts(told)))
        for told in _connections(settings)
    )


def _connections(settings: "Settings") -> Iterator[dict[str, str]]:
    """What each URL that can be read connects with: its query goes before the rest, then libpq's.

    Who connects is told of the others.
    """
    added = {o.keyword.decode(): o.val.decode() for o in _DEFAULTS() if o.val is not None}
    for url in filter(None, settings.database.urls.values()):
        try:
            address = make_url(url)
            _, told = address.get_dialect()().create_connect_args(address)
        except (ArgumentError, ValueError):  # a port that is no number
            continue
        yield added | {name: _joined(value) for name, value in told.items()}


def _joined(value: object) -> str:
    """What stands in a query twice, as a list; it is then no mode and no password."""
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _hosts(told: dict[str, str]) -> list[str]:
    return [host for name in ("host", "hostaddr") for host in told.get(name, "").split(",")]


def _is_local(host: str) -> bool:
    """Whether it is a socket's folder, libpq's own where none is named, or this machine's name."""
    if not host or host.startswith("/") or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
