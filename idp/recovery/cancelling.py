"""Who stops a recovery, and by what: its own browser, a notice's link or code, an operator."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from idp.accounts.possession import UsedUp
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.letters import as_one_code
from idp.kit.secrets import equal
from idp.people.identifiers import find_holder, hashes_of, normalise_identifier
from idp.people.models import Person
from idp.rate_limits import CANCEL_TRIES_AT_SOURCE, count
from idp.recovery.codes import Rules
from idp.recovery.machine import OPEN, UNHEARD, end
from idp.recovery.models import Recovery, State

_DIGITS = 8


def cancel_here(db: Session, found: Recovery, *, at: datetime) -> bool:
    """Who began it stops it; of what nobody was told of yet, nothing is left in this browser."""
    if found.is_slow:
        return bool(end(db, State.CANCELLED, "browser", Recovery.id == found.id, OPEN, at=at))
    gone = delete(Recovery).where(Recovery.id == found.id, UNHEARD).returning(Recovery.id)
    return db.scalar(gone) is not None


def cancel_token(keyring: Keyring, recovery_id: UUID) -> str:
    """What the link in a notice ends with: nobody makes one without the key (128 bits)."""
    proof = keyring.lasting_hash("recovery.cancel", recovery_id.hex)[:16].hex()
    return recovery_id.hex + proof


def cancel_code(keyring: Keyring, recovery_id: UUID) -> str:
    """The digits in a text message, which are typed with the number of the account."""
    proof = keyring.lasting_hash("recovery.cancel_code", recovery_id.hex)
    return f"{int.from_bytes(proof[:8]) % 10**_DIGITS:0{_DIGITS}}"


def find_by_token(db: Session, token: str, *, keyring: Keyring) -> Recovery | None:
    """The open recovery that this link stops."""
    try:
        recovery_id = UUID(hex=token[:32])
    except ValueError:
        return None
    if not equal(token.encode("ascii", "replace"), cancel_token(keyring, recovery_id).encode()):
        return None
    return db.scalar(select(Recovery).where(Recovery.id == recovery_id, OPEN))


def find_stop(db: Session, *, keyring: Keyring, person_id: UUID) -> str | None:
    """What the link ends with that stops what waits for this account, for its owner's own page."""
    waits = select(Recovery.id).where(Recovery.person_id == person_id, OPEN)
    recovery_id = db.scalar(waits)
    return None if recovery_id is None else cancel_token(keyring, recovery_id)


def cancel_by_link(db: Session, token: str, *, keyring: Keyring, at: datetime) -> bool:
    """The owner stops it, by the link of a notice; once."""
    found = find_by_token(db, token, keyring=keyring)
    if found is None:
        return False
    return bool(end(db, State.CANCELLED, "link", Recovery.id == found.id, OPEN, at=at))


def cancel_by_code(
    db: Session, number: str, typed: str, *, rules: Rules, at: datetime
) -> bool | UsedUp:
    """The owner stops it, by number and the code of a text message; once. InvalidInput.

    A few tries an hour from one network, so that whoever waits does not use up the owner's; and
    `machine.MOST_CANCEL_TRIES` from all together. The same statements run whoever's number it is.
    """
    number, keyring = normalise_identifier(number, today=clock.day_of(at)), rules.keyring
    tries = CANCEL_TRIES_AT_SOURCE.of(rules.source, keyring=keyring, settings=rules.throttle)
    if not count(db, tries, at=at):
        return UsedUp.of(db, tries, at=at)
    holder = find_holder(db, number_hashes=hashes_of(keyring, number))
    person_id = holder.person_id if holder else None
    tried = (
        update(Recovery)
        .where(Recovery.person_id == person_id, OPEN, Recovery.cancel_tries > 0)
        .values(cancel_tries=Recovery.cancel_tries - 1)
        .returning(Recovery.id)
    )
    found = db.scalar(tried)
    is_right = found is not None and equal(
        as_one_code(typed).encode(), cancel_code(keyring, found).encode()
    )
    return is_right and bool(end(db, State.CANCELLED, "code", Recovery.id == found, OPEN, at=at))


def refuse(db: Session, recovery_id: UUID, *, because: str, at: datetime) -> bool:
    """An operator ends it; its person is told why, in these words. False where it was over."""
    is_it = (Recovery.id == recovery_id, OPEN)
    return bool(end(db, State.REFUSED, "operator", *is_it, at=at, because=because))


def list_open(db: Session, *, limit: int, offset: int = 0) -> list[tuple[Recovery, int]]:
    """What waits, longest first, each with its person's analytics number. One statement."""
    rows = db.execute(
        select(Recovery, Person.subject_number)
        .join(Person, Person.id == Recovery.person_id)
        .where(OPEN)
        .order_by(Recovery.proved_at, Recovery.id)
        .limit(limit)
        .offset(offset)
    )
    return [(recovery, number) for recovery, number in rows]
