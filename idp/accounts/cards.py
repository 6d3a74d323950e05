"""What an official reads from an ID card, held against the account and the population register.

The official sees that card and face agree, a code which account is at the desk. Whether the number
is that of the card, and not one that its holder merely declared, the register says; where it does
not know, the official compares again and says so.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.kit.messages import N_
from idp.people.declaration import Declaration
from idp.people.identifiers import find_own_number, review_reasons
from idp.people.names import normalise_birthdate, normalise_name
from idp.people.population import compare_declaration
from idp.people.profile import read_profile


@immutable
class SeenCard:
    """What an official typed of an ID card, as `read_card` made it."""

    name: str
    birthdate: str
    compared_again: bool
    """Whether they were told of a doubt, and looked at number and all else again."""


def read_card(*, name: str, birthdate: str, compared_again: bool = False, at: datetime) -> SeenCard:
    """Raises InvalidInput for a name or birthdate that is none."""
    name = normalise_name(name)
    return SeenCard(name, normalise_birthdate(birthdate, today=clock.day_of(at)), compared_again)


@immutable
class OtherCard:
    """The account says another person than the card: nothing was done."""


@immutable
class UnlikeRegister:
    """The population register says another person of the number than the card: nothing was done.

    `fields` are to be compared with the card again. What the register says is told to nobody.
    """

    fields: tuple[str, ...]


@immutable
class Doubtful:
    """Nothing was done until the official compares again; `reasons` are of `DOUBTS`."""

    reasons: tuple[str, ...]


CardRefused = OtherCard | UnlikeRegister | Doubtful

OTHER_CARD = N_(
    "The account says another name, birthdate or sex than the card. If you typed what the card "
    "says, let the person register again; else ask for a new code."
)
UNLIKE_REGISTER = {
    "number": N_(
        "What you typed does not match this number in the national population database. Compare it "
        "with the card again."
    ),
    "name": N_("Compare the name with the card again."),
    "birthdate": N_("Compare the date of birth with the card again."),
    "sex": N_("Compare the sex with the card again."),
}
NAME_LACKS_MARKS = "name_lacks_marks"
DOUBTS = {
    NAME_LACKS_MARKS: N_("The account writes the name without the marks that the card has."),
    "not_in_register": N_("The national population database does not have this number."),
    "unknown_province": N_("The number states no province that is known."),
    "sex_differs": N_("The number states another sex."),
    "year_differs": N_("The number states another year of birth."),
    "age_over_120": N_("The number states an age over 120 years."),
}
COMPARE_AGAIN = N_(
    "Compare every digit of the number, and all else, with the card again; say so if all is right."
)


def find_doubts(card: Declaration, *, is_registered: bool, at: datetime) -> tuple[str, ...]:
    """Why an official should look at a card again, though nothing contradicts it."""
    unknown = () if is_registered else ("not_in_register",)
    soft = review_reasons(
        card.number, sex=card.sex, birthdate=card.birthdate, today=clock.day_of(at)
    )
    return (*unknown, *soft)


def judge_card(
    db: Session,
    *,
    keyring: Keyring,
    card: Declaration,
    subject_number: int,
    compared_again: bool,
    at: datetime,
    doubts: tuple[str, ...] = (),
) -> UnlikeRegister | Doubtful | None:
    """Why an account is not given to whose card says that; None where nothing stands against it.

    Doubts end with an official who has `compared_again`; the journal tells which there were.
    """
    entry, differing = compare_declaration(db, keyring=keyring, declaration=card)
    if differing:
        return UnlikeRegister(("number", *differing))
    doubts = (*doubts, *find_doubts(card, is_registered=entry is not None, at=at))
    if doubts and not compared_again:
        return Doubtful(doubts)
    if doubts:
        data = {"review": list(doubts)}
        record(db, event="card.compared", at=at, subject_number=subject_number, data=data)
    return None


def judge_owner(
    db: Session,
    *,
    keyring: Keyring,
    person_id: UUID,
    card: SeenCard,
    at: datetime,
) -> CardRefused | None:
    """Why an account is not that of whose card this is, as `judge_card`.

    Its number and sex are what the account says: the register must say them of that card too. A
    name that lacks marks alone is for the official to compare.
    """
    profile = read_profile(db, keyring=keyring, person_id=person_id)
    own = find_own_number(db, keyring=keyring, person_id=person_id)
    said, name, born = profile.declared, card.name, card.birthdate
    if own is None or not said.is_on_card(name=name, birthdate=born, may_lack_marks=True):
        return OtherCard()
    is_spelled = said.is_on_card(name=name, birthdate=born)
    refused = judge_card(
        db,
        keyring=keyring,
        card=Declaration(own.number, name, born, profile.sex),
        subject_number=profile.subject_number,
        compared_again=card.compared_again,
        at=at,
        doubts=() if is_spelled else (NAME_LACKS_MARKS,),
    )
    if isinstance(refused, UnlikeRegister) and "sex" in refused.fields:
        typed = tuple(name for name in refused.fields if name != "sex")
        return OtherCard() if typed == ("number",) else UnlikeRegister(typed)
    return refused
