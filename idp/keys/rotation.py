"""A successor is published; when everybody has seen it, it signs and the key before it retires."""

from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from idp.keys.creation import add_key
from idp.keys.models import KeyState, SigningKey
from idp.keys.schedule import Schedule, database_now
from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput, NotFound


def rotate_key(
    db: Session,
    *,
    alg: str,
    keyring: Keyring,
    schedule: Schedule,
    signing_for: timedelta = timedelta(0),
) -> str | None:
    """Publish a successor of the key that signs with `alg`; its `kid`.

    None when no key has been signing for so long, or when its successor waits already. Safe with
    many nodes: the first to mark the old key adds the new one.
    """
    now = database_now(db)
    retired_at = now + schedule.publish_for
    marked = (
        update(SigningKey)
        .where(
            SigningKey.alg == alg,
            SigningKey.retired_at.is_(None),
            SigningKey.signing_at <= now - signing_for,
        )
        .values(retired_at=retired_at, dropped_at=retired_at + schedule.verify_for)
        .returning(SigningKey.kid)
        .execution_options(synchronize_session=False)
    )
    if db.execute(marked).one_or_none() is None:
        return None
    return add_key(db, alg=alg, keyring=keyring, created_at=now, signing_at=retired_at)


def retire_key(db: Session, *, kid: str, keyring: Keyring, schedule: Schedule) -> str:
    """Have the key with that `kid` succeeded in good order; the successor's `kid`.

    Raises NotFound for a key there is not, InvalidInput for one that does not sign, or is to retire
    already.
    """
    key = db.get(SigningKey, kid)
    if key is None:
        raise NotFound("There is no signing key with this id.")
    if key.state_at(database_now(db)) is not KeyState.SIGNING:
        raise InvalidInput("This key does not sign. Remove it with --now if it is not safe.")
    successor = rotate_key(db, alg=key.alg, keyring=keyring, schedule=schedule)
    if successor is None:
        raise InvalidInput("This key retires already: its successor is published.")
    return successor
