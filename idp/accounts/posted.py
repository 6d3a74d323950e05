"""A code by post: asked for by whoever is signed in, and typed when the letter has arrived.

It goes to where the population register says that they live, if it agrees with what they declared.
Nobody is told whether it does: what asking reads and writes is the same for everybody.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from idp.accounts.numbers import NumberTaken
from idp.accounts.possession import UsedUp, read_declared, take_shown
from idp.accounts.proofing import Proofed, Unchanged
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.people.letters import add_letter, take_letter_code
from idp.rate_limits import LETTER_TRIES, LETTERS, LETTERS_OF_MONTH, count_all
from idp.sessions.lookup import CurrentSession
from idp.settings.people import ThrottleSettings


def ask_letter(
    db: Session,
    *,
    keyring: Keyring,
    settings: ThrottleSettings,
    session: CurrentSession,
    at: datetime,
) -> UsedUp | None:
    """Have a letter printed for whoever is signed in; the one before is good no more.

    One a day and three in thirty days, counted by all that they declare: who knows a number alone
    uses up none of its owner's. UsedUp: nothing was done.
    """
    declared = read_declared(db, keyring, session.person_id).key
    limits = (LETTERS, LETTERS_OF_MONTH)
    allowances = [limit.of(declared, keyring=keyring, settings=settings) for limit in limits]
    over = count_all(db, allowances, at=at)
    if over is not None:
        return UsedUp.of(db, over, at=at)
    add_letter(db, person_id=session.person_id, at=at)
    number = session.subject_number
    record(db, event="letter.asked", at=at, subject_number=number, counted=False)
    return None


def confirm_letter(
    db: Session,
    typed: str,
    *,
    keyring: Keyring,
    settings: ThrottleSettings,
    session: CurrentSession,
    address: str,
    at: datetime,
) -> Proofed | Unchanged | NumberTaken | UsedUp | None:
    """Take the code of a letter, in whichever session of its person: they show possession by it.

    Wrong ones count as those of `confirm_code`, against the source `address` as well; five a day,
    ten of one letter. None for a wrong one, and where it would raise nothing (`may_show`).
    """
    person_id = session.person_id
    return take_shown(
        db,
        lambda: take_letter_code(db, typed, keyring=keyring, person_id=person_id, at=at),
        tries=LETTER_TRIES.of(str(person_id), keyring=keyring, settings=settings),
        keyring=keyring,
        settings=settings,
        session=session,
        address=address,
        by="post",
        at=at,
    )
