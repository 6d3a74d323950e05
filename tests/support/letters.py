"""Codes by post, printed as an official prints them."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from idp.accounts.letter_batches import Letter, print_letters, read_batch
from idp.journal.actors import Actor, Capacity, acted_by
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.settings.people import ThrottleSettings

HOME = ("Số 8, ngõ 12/5 phố Hàng Bài", "phường Cửa Nam", "thành phố Hà Nội")
VALID = timedelta(days=21)


def printed(
    db: Session,
    keyring: Keyring,
    *,
    number: int = 0,
    by: UUID | None = None,
    at: datetime | None = None,
    again: UUID | None = None,
) -> tuple[Letter, ...]:
    """What an official of that analytics number gets who prints all that waits."""
    acted_by(db, Actor(Capacity.OPERATOR, number))
    now = at or clock.now()
    batch_id = print_letters(
        db,
        keyring=keyring,
        settings=ThrottleSettings(),
        valid=VALID,
        by=by,
        at=now,
        again=again,
    )
    if batch_id is None:
        return ()
    batch = read_batch(db, keyring=keyring, batch_id=batch_id, at=now)
    assert batch
    return batch.letters
