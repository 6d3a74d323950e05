"""A code by text message as a second step: sent, shown, and a telephone set up for it.

It goes to the account's own confirmed number alone, not before that opens anything: seven days
after it was confirmed (`people.opening_contacts`). While a change can be undone none is set up, and
codes go on to the number before, where a telephone was set up for that one.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from idp.accounts.changes import add_factor
from idp.accounts.contacts import ContactRules, send_contact_code
from idp.accounts.possession import Sending, UsedUp
from idp.factors.credentials import Held
from idp.factors.kinds import SMS
from idp.factors.text_message import Telephone, find_telephone, new_telephone, use_telephone
from idp.kit.crypto import Keyring
from idp.people.codes import Purpose, take_code
from idp.people.contact_values import mask_phone
from idp.people.contacts import UNDONE_WITHIN, find_replaced
from idp.people.models import ContactKind
from idp.people.opening_contacts import find_opening
from idp.rate_limits import CODE_TRIES, count
from idp.sessions.lookup import CurrentSession
from idp.settings.people import AssuranceSettings


def find_number(
    db: Session, *, keyring: Keyring, session: CurrentSession, at: datetime
) -> str | None:
    """The number that may be set up for codes; None where there is none, or not yet."""
    return find_opening(db, keyring, session.person_id, kind=ContactKind.PHONE, at=at)


def find_step_number(
    db: Session, *, keyring: Keyring, session: CurrentSession, at: datetime
) -> str | None:
    """The number of the telephone they have for it, as long as the account's is the same.

    Or was, before a change that can be undone: whoever changes it shuts nobody out meanwhile.
    """
    telephone = _find_step_telephone(db, keyring=keyring, session=session, at=at)
    return telephone.number if telephone else None


def send_step_code(
    db: Session,
    number: str,
    *,
    rules: ContactRules,
    session: CurrentSession,
    source: str,
    language: str,
    at: datetime,
) -> Sending | UsedUp:
    """Send a code there, good in this session alone; of those to this number, theirs count."""
    return send_contact_code(
        db,
        number,
        kind=ContactKind.PHONE,
        purpose=Purpose.SECOND,
        rules=rules,
        session=session,
        source=source,
        language=language,
        at=at,
    )


def take_step_code(
    db: Session, typed: str, *, keyring: Keyring, session: CurrentSession, at: datetime
) -> Held | None:
    """The telephone that the code went to, once; None for a wrong one, and for a number changed.

    Count the attempt (`attempts`) and commit before calling.
    """
    telephone = _find_step_telephone(db, keyring=keyring, session=session, at=at)
    if telephone is None:
        return None
    if not _take(db, typed, telephone.number, keyring=keyring, session=session, at=at):
        return None
    return use_telephone(db, telephone.id, person_id=session.person_id, at=at)


def add_telephone(
    db: Session,
    typed: str,
    *,
    rules: ContactRules,
    settings: AssuranceSettings,
    session: CurrentSession,
    at: datetime,
) -> Held | UsedUp | None:
    """Give the person their number as a second step, by the code that went there.

    None for a wrong code, and for whom `changes.add_factor` refuses.
    """
    tries = f"{session.person_id} {SMS.name}"
    allowance = CODE_TRIES.of(tries, keyring=rules.keyring, settings=rules.throttle)
    if not count(db, allowance, at=at):
        return UsedUp.of(db, allowance, at=at)
    number = find_number(db, keyring=rules.keyring, session=session, at=at)
    if number is None or not _take(
        db, typed, number, keyring=rules.keyring, session=session, at=at
    ):
        return None
    name, person_id = mask_phone(number), session.person_id
    new = new_telephone(rules.keyring, person_id=person_id, number=number, name=name, at=at)
    trust = add_factor(db, new, session=session, settings=settings, at=at)
    return Held(new.id, SMS, trust) if trust is not None else None


def _find_step_telephone(
    db: Session, *, keyring: Keyring, session: CurrentSession, at: datetime
) -> Telephone | None:
    person_id, kind = session.person_id, ContactKind.PHONE
    telephone = find_telephone(db, keyring=keyring, person_id=person_id)
    before = find_replaced(db, keyring=keyring, kind=kind, person_id=person_id, at=at)
    undone = before.undone_until - UNDONE_WITHIN if before else None
    number = find_opening(db, keyring, person_id, kind=kind, undone=undone, at=at)
    return telephone if telephone is not None and telephone.number == number else None


def _take(
    db: Session,
    typed: str,
    number: str,
    *,
    keyring: Keyring,
    session: CurrentSession,
    at: datetime,
) -> bool:
    return take_code(
        db,
        typed,
        keyring=keyring,
        purpose=Purpose.SECOND,
        person_id=session.person_id,
        sid=session.sid,
        about=number,
        at=at,
    )
