"""Codes by post: asked for, typed once they have arrived, or brought back by the post.

A person has one that counts: another voids it. Nothing here asks the register, so that who asks
cannot tell what it holds; `accounts.letter_batches` does, where letters are printed. A code is
counted and taken by one conditional UPDATE.
"""

import secrets
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, exists, not_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from idp.kit.crypto import Keyring
from idp.kit.db import delete_older
from idp.kit.immutable import immutable
from idp.kit.letters import CODE_ALPHABET, as_one_code, read_code
from idp.people.models import LetterBatch, Person, PersonLetter

LENGTH, GROUP = 10, 5
"""Characters of a code, 47 bits, and how they are written."""
TRIES = 10
"""Codes that are read of one letter."""
_DRAWS = 8
"""Of ten digits for a letter, until they are no other's."""
WAITS = timedelta(days=30)
"""How long one waits to be printed."""
KEPT = timedelta(days=90)
"""How long after its end one that went out can be told from paper that comes back."""
_LONGEST = 100
_TAKE = text("""
UPDATE person_letter SET
    tries_left = tries_left - 1,
    used_at = CASE WHEN code_hash = :code_hash THEN CAST(:at AS timestamptz) END
WHERE person_id = :person_id
    AND used_at IS NULL AND returned_at IS NULL AND tries_left > 0 AND expires_at > :at
RETURNING used_at IS NOT NULL
""")


@immutable
class OwnLetter:
    """How the newest letter of a person stands, as they may know it; nothing of whether it went."""

    asked_at: datetime
    is_open: bool
    tries_left: int
    returned_at: datetime | None


def new_letter_code() -> str:
    """Ten random characters."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(LENGTH))


def grouped(code: str) -> str:
    """The code as it is printed: ABCDE-FGHJK."""
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def add_letter(db: Session, *, person_id: UUID, at: datetime) -> None:
    """Have a letter printed for that person; one before it is good no more."""
    void_letters(db, person_id=person_id, at=at)
    for _ in range(_DRAWS):
        letter = upsert(PersonLetter).values(
            id=uuid4(),
            person_id=person_id,
            reference=f"{secrets.randbelow(10**10):010}",
            asked_at=at,
            tries_left=TRIES,
            expires_at=at + WAITS,
        )
        drawn = letter.on_conflict_do_nothing(index_elements=[PersonLetter.reference])
        if db.scalar(drawn.returning(PersonLetter.id)) is not None:
            return
    raise RuntimeError("every reference drawn for a letter is another's")


def void_letters(db: Session, *, person_id: UUID, at: datetime) -> None:
    """Have no letter of that person be printed, or its code be read, from now on."""
    live = (PersonLetter.person_id == person_id, PersonLetter.expires_at > at)
    voided = update(PersonLetter).where(*live, PersonLetter.used_at.is_(None))
    db.execute(voided.values(expires_at=at, code_hash=None, payload_encrypted=None))


def find_letter(db: Session, *, person_id: UUID, at: datetime) -> OwnLetter | None:
    """The newest letter of that person."""
    newest = select(PersonLetter).where(PersonLetter.person_id == person_id)
    row = db.scalar(newest.order_by(PersonLetter.asked_at.desc()).limit(1))
    if row is None:
        return None
    is_open = row.expires_at > at and row.used_at is None and row.returned_at is None
    return OwnLetter(row.asked_at, is_open, row.tries_left, row.returned_at)


def has_returned(db: Session, *, person_id: UUID) -> bool:
    """Whether the newest letter of that person came back. One statement."""
    returned = select(PersonLetter.returned_at).where(PersonLetter.person_id == person_id)
    newest = returned.order_by(PersonLetter.asked_at.desc()).limit(1)
    return db.scalar(newest) is not None


def letter_hash(keyring: Keyring, person_id: UUID, code: str) -> bytes:
    """What is kept of a code: that person's, and good for nobody else."""
    return keyring.lookup_hash("code.letter", f"{person_id} {code}")


def take_letter_code(
    db: Session, typed: str, *, keyring: Keyring, person_id: UUID, at: datetime
) -> bool:
    """Whether it is the code of that person's letter, however it was typed; it counts as a try.

    As long as none is printed every one is wrong, and counted alike.
    """
    code_hash = letter_hash(keyring, person_id, read_code(typed))
    values = {"code_hash": code_hash, "person_id": person_id, "at": at}
    return bool(db.scalar(_TAKE, values))


def return_letter(db: Session, *, reference: str, at: datetime) -> int | None:
    """Note that the post brought a letter back: its code is good no more.

    Whose it is, as an analytics number. None for a reference that no letter has which went out, was
    not used, and did not come back before.
    """
    went = (PersonLetter.batch_id.is_not(None), PersonLetter.used_at.is_(None))
    back = (
        update(PersonLetter)
        .where(PersonLetter.reference == as_one_code(reference[:_LONGEST]))
        .where(*went, PersonLetter.returned_at.is_(None), PersonLetter.person_id == Person.id)
        .values(returned_at=at, code_hash=None, payload_encrypted=None)
        .returning(Person.subject_number)
        .execution_options(synchronize_session=False)
    )
    return db.scalar(back)


def forget_letters(db: Session, *, person_id: UUID) -> None:
    """Delete every letter of an account that is somebody else's, or erased."""
    db.execute(delete(PersonLetter).where(PersonLetter.person_id == person_id))


def erase_printed(db: Session, *, at: datetime) -> int:
    """Erase what was to be printed, and can be read no more; of how many letters."""
    over = select(LetterBatch.id).where(LetterBatch.ends_at <= at)
    left = (PersonLetter.payload_encrypted.is_not(None), PersonLetter.batch_id.in_(over))
    erased = update(PersonLetter).where(*left).values(payload_encrypted=None)
    return len(db.execute(erased.returning(PersonLetter.id)).all())


def drop_letters(db: Session, *, at: datetime, limit: int) -> int:
    """Delete a batch of letters that ended long ago, and what was printed then; how many."""
    gone = delete_older(db, PersonLetter.expires_at, before=at - KEPT, limit=limit)
    is_empty = not_(exists().where(PersonLetter.batch_id == LetterBatch.id))
    return gone + delete_older(db, LetterBatch.made_at, is_empty, before=at - KEPT, limit=limit)
