"""What whoever opens an interaction says of it. Pages read nothing else of a request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from idp.kit.crypto import Keyring


@dataclass(frozen=True, kw_only=True)
class Needs:
    """How surely the person must be known: a level, both its axes, and since when."""

    acr: str = "LoA1"
    proofing: int = 0
    authentication: int = 1
    authenticate_after: datetime | None = None

    def columns(self) -> dict[str, Any]:
        """As the table holds them."""
        return {
            "needed_acr": self.acr,
            "needed_proofing": self.proofing,
            "needed_authentication": self.authentication,
            "authenticate_after": self.authenticate_after,
        }


@dataclass(frozen=True, kw_only=True)
class Credit:
    """For whom a sign-in counts in the figures, if it does. Nobody's: one at our own pages.

    Agency and tier are those of the service's owner; unknown when the service is.
    """

    relying_party_id: UUID | None = None
    service_id: UUID | None = None
    agency_id: UUID | None = None
    tier: str | None = None
    counted: bool = False


@dataclass(frozen=True, kw_only=True)
class Requested:
    """What the person is told of, and agrees to."""

    scopes: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    """For whom the access token is, beside the provider itself (RFC 8707)."""
    device_code: str = ""
    """What the device shows that is to be signed in; empty: this browser goes on itself."""
    device_asked_at: datetime | None = None

    def columns(self) -> dict[str, Any]:
        """As the table holds them."""
        return {
            "asked_scopes": list(self.scopes),
            "asked_claims": list(self.claims),
            "resources": list(self.resources),
            "device_code": self.device_code,
            "device_asked_at": self.device_asked_at,
        }


@dataclass(frozen=True, kw_only=True)
class Opening:
    """One interaction to be opened.

    `{id}` in `return_path`, a local path, is replaced by the interaction's id. `parameters` are the
    opener's own, to go on with when the person comes back there. A `login_hint` is kept encrypted,
    under the `keyring`; without one it is not kept.
    """

    return_path: str
    lifetime: timedelta
    credit: Credit = Credit()
    requested: Requested = Requested()
    client_id: str = ""
    """The relying party that pages name."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    form_action_origin: str = ""
    """Where the forms of the pages may lead besides here: the end of the opener's redirects."""
    post_logout_uri: str = ""
    """Where a sign-out goes on."""
    login_hint: str = ""
    keyring: Keyring | None = field(default=None, repr=False)
