"""Why something was refused, in plain words, for the integrator who looks up the error id.

What was sent beside what is registered, and the first difference; never a secret, a code or a
token, and of addresses that were sent no query and no password, since those may stand in it.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import zip_longest
from urllib.parse import urlsplit

from idp.kit import clock


def compare_uris(sent: str, known: Sequence[str], *, known_as: str) -> str:
    """A redirect URI beside those it should be one of, and where it leaves the nearest of them."""
    shown = _without_query(sent) if sent else "missing"
    told = f"redirect_uri sent: {shown}; {known_as}: {' '.join(known) or 'none'}"
    if not sent or not known:
        return told
    return f"{told}; first difference at character {max(_first(sent, uri) for uri in known)}"


def show_unknown(client_id: str) -> str:
    """An unknown client_id: only its beginning, since a secret may have been pasted there."""
    return f"client_id unknown: {client_id[:6]!r}, {len(client_id)} characters"


def seconds_ago(at: datetime) -> str:
    """How long ago something was."""
    return f"{int((clock.now() - at).total_seconds())} s ago"


def _first(sent: str, known: str) -> int:
    """Where the two differ first, counted from 1."""
    pairs = enumerate(zip_longest(sent, known), start=1)
    return next((number for number, (one, other) in pairs if one != other), 0)


def _without_query(uri: str) -> str:
    try:
        parts = urlsplit(uri)
        host = parts.netloc.rpartition("@")[2]
        shown = parts._replace(netloc=host, query="", fragment="").geturl()
    except ValueError:
        shown = "not an address"
    return shown[:200] + (" (and a query)" if "?" in uri else "")
