"""Opening an interaction: what its opener says of it, and the browser that it belongs to."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from idp.interactions.challenges import new_challenge
from idp.interactions.lookup import find_interaction
from idp.interactions.models import LOGIN_HINT, Interaction, Needs
from idp.journal.means import means_of
from idp.kit import clock
from idp.kit.crypto import DecryptionFailed, Keyring
from idp.kit.db import table_of
from idp.kit.immutable import immutable
from idp.kit.prepared import Prepared

UNBOUND = b""
"""`browser_hash` of an interaction begun by a cross-site POST, which carries no cookie."""
MAX_LOGIN_HINT = 200

_interactions = table_of(Interaction)
_INSERT = Prepared(insert(_interactions))
_BIND = Prepared(
    update(_interactions)
    .where(
        Interaction.id == bindparam("interaction_id"),
        Interaction.browser_hash == UNBOUND,
        Interaction.ended_at.is_(None),
    )
    .values(browser_hash=bindparam("new_hash"))
    .returning(Interaction.id)
)


@immutable(kw_only=True)
class Credit:
    """For whom a sign-in counts in the figures, if it does. Nobody's: one at our own pages.

    Agency and tier are those of the service's owner; unknown when the service is.
    """

    relying_party_id: UUID | None = None
    service_id: UUID | None = None
    agency_id: UUID | None = None
    tier: str | None = None
    counted: bool = False


@immutable(kw_only=True)
class Requested:
    """What the person is told of, and agrees to."""

    scopes: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    needed_claims: tuple[str, ...] = ()
    """Those of them that the person is asked for who has none."""
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
            "needed_claims": list(self.needed_claims),
            "resources": list(self.resources),
            "device_code": self.device_code,
            "device_asked_at": self.device_asked_at,
        }


@immutable(kw_only=True)
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


def open_interaction(
    db: Session,
    opening: Opening,
    *,
    browser_hash: bytes,
    needs: Needs = Needs(),  # noqa: B008 - frozen
    person_id: UUID | None = None,
    unmet_shown_to: UUID | None = None,
    interaction_id: UUID | None = None,
) -> Interaction:
    """Begin an interaction that belongs to one browser; `person_id` says whose it is."""
    now, interaction_id = clock.now(), interaction_id or uuid4()
    keyring, hint = opening.keyring, opening.login_hint[:MAX_LOGIN_HINT]
    interaction = Interaction(
        id=interaction_id,
        browser_hash=browser_hash,
        return_path=opening.return_path.replace("{id}", str(interaction_id)),
        **vars(opening.credit),
        client_id=opening.client_id,
        parameters=dict(opening.parameters),
        **needs.columns(),
        **opening.requested.columns(),
        **means_of(db, is_kiosk=bool(opening.requested.device_code)),
        form_action_origin=opening.form_action_origin,
        post_logout_uri=opening.post_logout_uri,
        login_hint_encrypted=LOGIN_HINT.seal(keyring, hint, id=interaction_id)
        if keyring and hint
        else None,
        person_id=person_id,
        unmet_shown_to=unmet_shown_to,
        challenge=new_challenge(),
        created_at=now,
        expires_at=now + opening.lifetime,
    )
    row = {column.name: getattr(interaction, column.name) for column in _interactions.columns}
    _INSERT.post(db, row)
    return interaction


def bind_interaction(db: Session, *, interaction_id: UUID, browser_hash: bytes) -> bool:
    """Bind an unbound interaction to this browser, once; whether it was unbound."""
    values = {"interaction_id": interaction_id, "new_hash": browser_hash}
    return _BIND.run(db, values) == 1


def take_up(
    db: Session, *, interaction_id: UUID, browser_hash: bytes
) -> tuple[Interaction | None, bool]:
    """The live interaction with which this browser comes back; whether it has just become its own.

    One that was begun without a browser at hand is the first one's that comes.
    """
    own = find_interaction(db, interaction_id=interaction_id, browser_hash=browser_hash)
    if own or not bind_interaction(db, interaction_id=interaction_id, browser_hash=browser_hash):
        return own, False
    return find_interaction(db, interaction_id=interaction_id, browser_hash=browser_hash), True


def read_login_hint(interaction: Interaction, *, keyring: Keyring) -> str:
    """The hint at who signs in; empty for none, or when its key has left the ring meanwhile."""
    if interaction.login_hint_encrypted is None:
        return ""
    try:
        return LOGIN_HINT.open(keyring, interaction.login_hint_encrypted, id=interaction.id)
    except DecryptionFailed:
        return ""
