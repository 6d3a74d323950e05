"""Where what the journal tells was asked from: apart from its rows, encrypted, and soon gone.

An entry names its source by an id alone, which is sealed with it; the address stands in a row of
its own, which only the key ring opens and which leaves when the operator's policy says so.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.journal.models import SOURCE, JournalSource
from idp.kit import clock
from idp.kit.crypto import Ciphertext, DecryptionFailed, Keyring
from idp.kit.db import delete_older
from idp.kit.immutable import immutable

_KEY = "journal.source"


@immutable
class Asker:
    """Who asked for what a session does: `told` finds address and port, once an entry needs it."""

    told: Callable[[], str]
    keyring: Keyring


def asked_by(db: Session, asker: Asker) -> None:
    """Have the entries of this session keep where they were asked from."""
    db.info[_KEY] = asker


def new_source(db: Session) -> tuple[UUID, Ciphertext] | None:
    """Id and ciphertext of a source row; None for work that no request asked for."""
    asker: Asker | None = db.info.get(_KEY)
    if asker is None:
        return None
    source_id = uuid4()
    return source_id, SOURCE.seal(asker.keyring, asker.told(), id=source_id)


def read_source(db: Session, *, source_id: UUID, keyring: Keyring) -> str | None:
    """Address and port; None when it has left. Raises DecryptionFailed for another key or row."""
    column = JournalSource.source_encrypted
    kept = db.scalar(select(column).where(JournalSource.id == source_id))
    return None if kept is None else SOURCE.open(keyring, kept, id=source_id)


def find_addresses(
    db: Session, *, source_ids: Collection[UUID], keyring: Keyring
) -> dict[UUID, str]:
    """The addresses, without ports, of those sources that are kept and can be read, by id.

    One statement, none for nothing.
    """
    if not source_ids:
        return {}
    wanted = JournalSource.id.in_(source_ids)
    found = {}
    for row in db.execute(select(JournalSource.id, JournalSource.source_encrypted).where(wanted)):
        with suppress(DecryptionFailed):
            told = SOURCE.open(keyring, row.source_encrypted, id=row.id)
            found[row.id] = told.partition(" ")[0]
    return found


def show_source(db: Session, *, source_id: UUID | None, keyring: Keyring) -> str | None:
    """As `read_source`, in words where it cannot be read; None when there is nothing to read."""
    if source_id is None:
        return None
    try:
        return read_source(db, source_id=source_id, keyring=keyring) or "kept no longer"
    except DecryptionFailed:
        return "kept under another key"


def drop_old_sources(db: Session, *, kept_for: timedelta, limit: int) -> int:
    """Delete a batch of the sources that are older than the policy allows; how many."""
    return delete_older(db, JournalSource.at, before=clock.now() - kept_for, limit=limit)
