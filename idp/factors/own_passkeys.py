"""A person's own passkeys: what was made, opened for who has shown who they are."""

import json
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.factors.ceremony import KnownCredential, NewCredential
from idp.factors.credentials import is_of
from idp.factors.key_models import KeyModel, KeyModels
from idp.factors.kinds import PASSKEY
from idp.factors.models import APP_SECRET, Authenticator
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable


@immutable
class HardwareKey:
    """One in use, by the `id` of its authenticator, whose maker vouches for its `model`."""

    id: UUID
    model: KeyModel
    known: KnownCredential


def list_known(db: Session, *, keyring: Keyring, person_id: UUID) -> tuple[KnownCredential, ...]:
    """Those that a person can use, for a browser that is asked for one of them. One statement."""
    return tuple(_known(made) for _, made in _list_made(db, keyring, person_id))


def list_hardware_keys(
    db: Session, *, keyring: Keyring, person_id: UUID, models: KeyModels
) -> tuple[HardwareKey, ...]:
    """Those of them that are of a listed model. One statement; none where no model is."""
    if not models:
        return ()
    return tuple(
        HardwareKey(factor_id, models[made.model], _known(made))
        for factor_id, made in _list_made(db, keyring, person_id)
        if made.model is not None and made.model in models
    )


def strongest_of(keys: Collection[HardwareKey]) -> int:
    """The highest level of authentication that any of them reaches; 0 for none."""
    return max((key.model.level for key in keys), default=0)


def open_passkey(
    keyring: Keyring, sealed: bytes | None, *, id: UUID, person_id: UUID
) -> NewCredential:
    """What was made, as it was kept; raises DecryptionFailed for another row's or person's."""
    text = APP_SECRET.open(keyring, sealed or b"", id=id, person_id=person_id)
    return NewCredential.from_text(text)


def read_model(secret: str) -> UUID | None:
    """Of which model the key is whose row keeps this secret; None for all else that rows keep."""
    try:
        kept = json.loads(secret)
    except ValueError:
        return None
    is_known = isinstance(kept, dict) and kept.get("is_attested", False)
    return UUID(kept["aaguid"]) if is_known else None


def _list_made(db: Session, keyring: Keyring, person_id: UUID) -> list[tuple[UUID, NewCredential]]:
    rows = db.execute(
        select(Authenticator.id, Authenticator.secret_encrypted)
        .where(is_of(person_id, PASSKEY))
        .order_by(Authenticator.created_at, Authenticator.id)
    )
    return [
        (row.id, open_passkey(keyring, row.secret_encrypted, id=row.id, person_id=person_id))
        for row in rows
    ]


def _known(made: NewCredential) -> KnownCredential:
    return KnownCredential(made.id, made.transports)
