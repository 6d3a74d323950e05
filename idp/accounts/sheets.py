"""A sheet of recovery codes from a desk: the second step of whoever can install no app.

An official compares card and face, and prints it; the person signs in with their password, which
no official of the desk knows, and one of its codes.
"""

from dataclasses import field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from idp.accounts.cards import CardRefused, Doubtful, SeenCard, judge_owner
from idp.accounts.changes import give_factor, keep_factors
from idp.accounts.colleague import DoneBefore, Half, NeedsColleague, find_done, need_colleague
from idp.accounts.numbers import lock_number
from idp.accounts.reclaim import ALIVE
from idp.factors.credentials import read_credentials
from idp.factors.held import HeldSince, list_held
from idp.factors.kinds import PASSWORD, RECOVERY_CODE
from idp.factors.recovery_codes import BY_DESK, USE_WITHIN, new_sheet
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.people.declaration import FACE_TO_FACE
from idp.sessions.evidence import Shown


@immutable
class Sheet:
    """What is printed: codes in groups, and until when one of them must have been used."""

    person_id: UUID
    codes: tuple[str, ...] = field(repr=False)
    use_before: datetime


@immutable
class NotSeen:
    """Nobody was verified face to face for this account: whose it is, is not known yet."""


@immutable
class HasOthers:
    """What the account has, which the official is told of before it is taken away as lost."""

    held: tuple[HeldSince, ...]


SheetRefused = CardRefused | NotSeen | HasOthers | NeedsColleague | DoneBefore


def print_sheet(
    db: Session,
    *,
    keyring: Keyring,
    number: str,
    card: SeenCard,
    others_are_lost: bool,
    at: datetime,
    since: datetime | None = None,
) -> Sheet | SheetRefused | None:
    """Make ten codes that are the person's second step at once, and end all access.

    They carry all that is proven, as nobody gets them who was not compared; a sheet before them is
    void. An app that carries it too goes only where the person says it is lost; one that does not
    might be anybody's who knows the password, and goes. The card is judged as when its holder is
    proven. Nothing is done twice for a form opened at `since`. None where no living account holds
    the number.
    """
    holder = lock_number(db, keyring=keyring, number=number)
    if holder is None or holder.status not in ALIVE:
        return None
    person_id = holder.person_id
    if holder.proofing < FACE_TO_FACE:
        return NotSeen()
    judged = judge_owner(db, keyring=keyring, person_id=person_id, card=card, at=at)
    if judged is not None and not isinstance(judged, Doubtful):
        return judged
    refused = (
        find_done(db, person_id=person_id, half=Half.SECOND_STEP, since=since)
        or need_colleague(db, person_id=person_id, half=Half.SECOND_STEP, at=at)
        or (None if others_are_lost else _find_others(db, person_id, at=at))
        or judged
    )
    if refused is not None:
        return refused
    keep_factors(db, person_id=person_id, kept=(Shown(RECOVERY_CODE, at),), at=at)
    codes, made = new_sheet(keyring, person_id=person_id, at=at)
    give_factor(db, made, by=BY_DESK, at=at)
    return Sheet(person_id, codes, at + USE_WITHIN)


def _find_others(db: Session, person_id: UUID, *, at: datetime) -> HasOthers | None:
    own = {*read_credentials(db, person_id=person_id).confirmed(at=at)} - {PASSWORD, RECOVERY_CODE}
    if not own:
        return None
    return HasOthers(tuple(one for one in list_held(db, person_id=person_id) if one.kind in own))
