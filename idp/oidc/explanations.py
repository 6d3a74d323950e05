"""Why something was refused, in plain words, for the integrator who looks up the error id.

What was sent beside what is registered, and the first difference; never a secret, a code or a
token. Of an address that was sent, only the host and what it shares with a registered one are told:
the rest, path or query, may be a secret.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import zip_longest
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.orm import Session

from idp.kit import clock
from idp.relying_parties.lookup import find_party
from idp.relying_parties.models import RelyingPartyState

_CLOSED = {
    RelyingPartyState.SUSPENDED: "The application is suspended.",
    RelyingPartyState.RETIRED: "The application was retired.",
}


def compare_uris(
    sent: str, known: Sequence[str], *, known_as: str, name: str = "redirect_uri"
) -> str:
    """A redirect URI beside those it should be one of, and where it leaves the nearest of them.

    `name` is the parameter that it was sent as.
    """
    first = max((_first(sent, uri) for uri in known), default=0) if sent else 0
    shown = _shown(sent, shared=sent[: max(first - 1, 0)]) if sent else "missing"
    told = f"{name} sent: {shown}; {known_as}: {' '.join(known) or 'none'}"
    return f"{told}; first difference at character {first}" if first else told


def show_unknown(client_id: str) -> str:
    """An unknown client_id: only its beginning, since a secret may have been pasted there."""
    return f"client_id unknown: {client_id[:6]!r}, {len(client_id)} characters"


def explain_closed(db: Session, *, client_id: str) -> tuple[UUID, str] | None:
    """Whose a client_id is that is registered and not in operation, and why it is refused.

    Only who looks up the error id is told: its agency, and operators.
    """
    record = find_party(db, client_id=client_id)
    if record is None:
        return None
    return record.party.id, _CLOSED.get(
        record.party.state, "The application is not in operation yet."
    )


def seconds_ago(at: datetime) -> str:
    """How long ago something was."""
    return f"{int((clock.now() - at).total_seconds())} s ago"


def _first(sent: str, known: str) -> int:
    """Where the two differ first, counted from 1."""
    pairs = enumerate(zip_longest(sent, known), start=1)
    return next((number for number, (one, other) in pairs if one != other), 0)


def _shown(sent: str, *, shared: str) -> str:
    """What may be told of an address whose beginning is `shared` with a registered one."""
    origin = _origin(sent)
    told = shared if len(shared) > len(origin) else origin
    rest = len(sent) - len(told)
    return f"{told} and {rest} more characters" if rest > 0 else told


def _origin(sent: str) -> str:
    """Scheme and host; empty when it has none."""
    try:
        parts = urlsplit(sent)
        return f"{parts.scheme}://{parts.hostname}"[:200] if parts.hostname else ""
    except ValueError:
        return ""
