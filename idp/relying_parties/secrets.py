"""Client secrets: 256 random bits, shown once, kept as a digest."""

import re
import secrets as random
from dataclasses import field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from idp.kit import secrets
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.relying_parties.auth_methods import SECRET_METHODS
from idp.relying_parties.changes import announce_change
from idp.relying_parties.lifecycle import note
from idp.relying_parties.models import RelyingParty
from idp.relying_parties.models import RelyingPartyState as State

SHOWN_AGAIN = timedelta(minutes=2)
"""How long the form that made a secret shows it when it is sent again."""
_ONCE = re.compile(r"[A-Za-z0-9_-]{43}")
"""As `kit.secrets.new_token` writes 256 bits."""
_NO_SECRET = secrets.token_hash("")


@immutable
class IssuedSecret:
    """A new secret. `value` is handed out once; only `hash` is stored."""

    value: str = field(repr=False)
    hash: bytes = field(repr=False)


def issue_secret(value: str = "") -> IssuedSecret:
    """A new client secret: 64 hexadecimal digits, since those survive every configuration file.

    `value`: as `secret_of_form` made it; random without one.
    """
    value = value or random.token_hex(32)
    return IssuedSecret(value=value, hash=secrets.token_hash(value))


def secret_of_form(
    keyring: Keyring, *, once: str, version: str, relying_party_id: UUID, sid: UUID
) -> str:
    """The secret that a form makes: the same however often that session sends it.

    `version` is what the form replaces, empty for a new party's: another form makes another
    secret, whatever its `once`, so that none is ever made again that was replaced.

    So that the answer to the second click of two shows what the first one made, and nothing but the
    digest is kept. `once` is 256 random bits that only the form has; without them nobody knows the
    secret, with all our keys neither. Empty, for a secret that cannot be shown again, without them.
    """
    if not _ONCE.fullmatch(once):
        return ""
    made_of = f"{relying_party_id} {sid} {once} {version}"
    return keyring.lasting_hash("client secret", made_of).hex()


def may_show_again(party: RelyingParty, value: str, *, at: datetime) -> bool:
    """Whether the form whose secret this would be has made it just now: no edit counts anew."""
    is_its_own = bool(value) and check_secret(value, stored_hash=party.client_secret_hash)
    made_at = party.client_secret_at
    return is_its_own and made_at is not None and at - made_at < SHOWN_AGAIN


def check_secret(presented: str, *, stored_hash: bytes | None) -> bool:
    """Whether the secret is the client's, in constant time; a client without one has none."""
    is_equal = secrets.equal(secrets.token_hash(presented), stored_hash or _NO_SECRET)
    return is_equal and stored_hash is not None


def rotate_secret(
    db: Session,
    *,
    relying_party_id: UUID,
    at: datetime,
    also_suspended: bool = False,
    unless_changed_since: datetime | None = None,
    value: str = "",
) -> str | None:
    """Give a confidential client a new secret; the old one is dead once this commits.

    `value` as for `issue_secret`.

    None, and nothing done, when no such client is live, or suspended where an operator replaces a
    secret that leaked; when it has no secret; and when its row changed after
    `unless_changed_since` (a form sent twice).
    """
    issued = issue_secret(value)
    states = (State.LIVE, State.SUSPENDED) if also_suspended else (State.LIVE,)
    statement = (
        update(RelyingParty)
        .where(RelyingParty.id == relying_party_id, RelyingParty.state.in_(states))
        .where(RelyingParty.token_endpoint_auth_method.in_(SECRET_METHODS))
        .values(client_secret_hash=issued.hash, client_secret_at=at, updated_at=at)
        .returning(RelyingParty.client_id)
    )
    if unless_changed_since is not None:
        statement = statement.where(RelyingParty.updated_at == unless_changed_since)
    client = db.execute(statement).one_or_none()
    if client is None:
        return None
    note(db, relying_party_id, event="relying_party.secret_rotated", at=at)
    announce_change(db, client_id=client.client_id)
    return issued.value
