"""Known devices: browsers in which a person signed in with all they have.

The browser holds a random secret, of which a digest is kept per person. It opens nothing: attempts
made with it are counted apart (`attempts`). A full sign-in gives it a new one. What ends a person's
credentials ends what they know, since a row holds for one `credentials_epoch`.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from idp.factors.models import KnownDevice
from idp.kit.db import delete_older
from idp.kit.prepared import Prepared
from idp.kit.secrets import new_token, token_hash
from idp.rate_limits import Allowance

KNOWN_FOR = timedelta(days=365)
"""As long as the cookie lasts."""

KNOWN = """
SELECT FROM known_device AS d
JOIN person AS p ON p.id = d.person_id AND p.credentials_epoch = d.credentials_epoch
WHERE d.person_id = :person_id AND d.secret_hash = :device_hash
"""
"""Whether a person's browser is known, for a statement that asks that among other things."""

FORGIVE = "DELETE FROM failure_counter WHERE key = CAST(:forgiven AS bytea)"
"""Forget the failures of a counter, for a statement that does that among other things."""

_IS_KNOWN = text("""
SELECT 1 FROM known_device AS d
JOIN person AS p ON p.id = d.person_id AND p.credentials_epoch = d.credentials_epoch
WHERE d.secret_hash = :device_hash LIMIT 1
""")

_REMEMBER = Prepared(f"""
WITH owner AS (
    SELECT id, credentials_epoch FROM person WHERE id = :person_id
), forgiven AS (
    {FORGIVE}
), others AS (
    UPDATE known_device SET secret_hash = :new_hash
    WHERE secret_hash = :device_hash AND person_id <> :person_id
), gone AS (
    DELETE FROM known_device AS d USING owner
    WHERE d.person_id = :person_id AND (
        d.secret_hash = :device_hash
        OR d.credentials_epoch <> owner.credentials_epoch
        OR d.secret_hash IN (
            SELECT secret_hash FROM known_device
            WHERE person_id = :person_id AND secret_hash <> :device_hash
            ORDER BY used_at DESC OFFSET :others))
), kept AS (
    INSERT INTO known_device (person_id, secret_hash, credentials_epoch, used_at)
    SELECT id, :new_hash, credentials_epoch, :at FROM owner
), first AS (
    INSERT INTO rate_count AS c (key, count, ends_at) VALUES (:person_at_source, 1, :ends_at)
    ON CONFLICT (key) DO UPDATE SET ends_at = excluded.ends_at WHERE c.ends_at <= :at
    RETURNING key
)
INSERT INTO rate_count AS c (key, count, ends_at)
SELECT :source, -CAST(:share AS int), :ends_at FROM first
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN c.ends_at <= :at THEN 0 ELSE c.count END - :share,
    ends_at = CASE WHEN c.ends_at <= :at THEN excluded.ends_at ELSE c.ends_at END
""")  # noqa: S608 - a constant


def remember(
    db: Session,
    *,
    person_id: UUID,
    device_hash: bytes,
    most: int,
    person_at_source: bytes,
    source: Allowance,
    share: int,
    forgiven: bytes | None,
    at: datetime,
) -> str:
    """Make a browser one of the `most` that a person used last; the secret it is to hold from now.

    Whoever else is known in this browser stays so. The source may get `share` more wrong within
    its time, once for each person who signs in there: many people may stand behind one address.
    `forgiven` is the counter of failures to forget, if one is.
    """
    secret = new_token()
    values = {
        "person_id": person_id,
        "device_hash": device_hash,
        "new_hash": token_hash(secret),
        "others": most - 1,
        "person_at_source": person_at_source,
        "source": source.key,
        "share": share,
        "forgiven": forgiven,
        "ends_at": at + source.per,
        "at": at,
    }
    _REMEMBER.post(db, values)
    return secret


def is_known(db: Session, *, device: str) -> bool:
    """Whether anybody signed in with that secret before, whose credentials still hold."""
    return db.scalar(_IS_KNOWN, {"device_hash": token_hash(device)}) is not None


def delete_unused(db: Session, *, before: datetime, limit: int) -> int:
    """Delete a batch of devices that nobody signed in with since; how many."""
    return delete_older(db, KnownDevice.used_at, before=before, limit=limit)
