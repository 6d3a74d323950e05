"""Giving a number back to whom it belongs, who stands at a desk and cannot sign in.

The account goes on, with its subjects at the services. Whoever had it until now keeps nothing of
it: password, factors, contacts, codes, sessions, grants and consents end, and they are told of it
where they were reached. Nor is their history shown to whose it is from now on (`held_since`). What
the business register says of the person stays; what people gave to this account, or from it, ends:
posts, and delegations both ways.
"""

from datetime import date, datetime

from sqlalchemy.orm import Session

from idp.accounts.cards import Doubtful, UnlikeRegister, judge_card
from idp.accounts.changes import change_account
from idp.accounts.colleague import DoneBefore, Half, NeedsColleague, find_done, need_colleague
from idp.accounts.numbers import NumberTaken, lock_number
from idp.accounts.proofing import Proofed, details_in_register, note_proofed
from idp.consents.changes import withdraw_all
from idp.factors.attempts import clear
from idp.factors.binding import find_bound, unbind
from idp.factors.passkey_offers import forget_offers
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.mandates.changes import end_given
from idp.people.changes import begin_holding
from idp.people.contacts import remove_contacts
from idp.people.declaration import FACE_TO_FACE, Declaration
from idp.people.models import PASSWORD_HASH, PersonStatus
from idp.satisfaction.asking import forget_question

ALIVE = (PersonStatus.ACTIVE, PersonStatus.SUSPENDED)


def is_given_back(proofing: int) -> bool:
    """Whether a desk gives an account of that proofing to another person, on the ID card alone."""
    return proofing < FACE_TO_FACE


def reclaim_number(
    db: Session,
    *,
    keyring: Keyring,
    card: Declaration,
    password_hash: str,
    today: date,
    at: datetime,
    compared_again: bool = False,
    since: datetime | None = None,
) -> Proofed | NumberTaken | UnlikeRegister | Doubtful | NeedsColleague | DoneBefore | None:
    """Give the account that holds the number to the person an official sees, with a new password.

    From now on it says what their ID card says, whatever whoever had it declared; the population
    register must say the same of the number (`judge_card`). Nobody is set two passwords for a form
    opened at `since`.
    None where no living account holds the number; and whoever was seen face to face before does not
    lose it this way.
    """
    holder = lock_number(db, keyring=keyring, number=card.number)
    if holder is None or holder.status not in ALIVE:
        return None
    person_id = holder.person_id
    done = find_done(db, person_id=person_id, half=Half.PASSWORD, since=since)
    if done is not None:
        return done
    if not is_given_back(holder.proofing):
        return NumberTaken()
    refused = judge_card(
        db,
        keyring=keyring,
        card=card,
        subject_number=holder.subject_number,
        compared_again=compared_again,
        at=at,
    ) or need_colleague(db, person_id=person_id, half=Half.PASSWORD, at=at)
    if refused is not None:
        return refused
    known = details_in_register(db, keyring=keyring, of=card, at=at)
    new = {"name": card.name, "birthdate": card.birthdate, "sex": card.sex, **known}
    new["password_encrypted"] = PASSWORD_HASH.seal(keyring, password_hash, id=person_id)
    changed = change_account(db, person_id=person_id, at=at, proofing=FACE_TO_FACE, **new)
    if changed is None:
        return None
    unbind(db, person_id=person_id, factors=find_bound(db, person_id=person_id), at=at)
    clear(db, keyring=keyring, person_id=person_id)
    remove_contacts(db, keyring=keyring, person_id=person_id, at=at)
    withdraw_all(db, person_id=person_id)
    end_given(db, person_id=person_id, on=today, at=at)
    forget_offers(db, person_id=person_id)
    forget_question(db, person_id=person_id)
    begin_holding(db, person_id=person_id)
    record(db, event="person.reclaimed", at=at, subject_number=changed.subject_number)
    return note_proofed(db, changed, person_id=person_id, proofing=FACE_TO_FACE, known=new, at=at)
