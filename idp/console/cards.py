"""What an official types from an ID card into the registrar's forms, and why it is refused."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from starlette.responses import Response

from idp.accounts.cards import (
    COMPARE_AGAIN,
    DOUBTS,
    UNLIKE_REGISTER,
    CardRefused,
    Doubtful,
    OtherCard,
    SeenCard,
    read_card,
)
from idp.accounts.colleague import DoneBefore, Half, NeedsColleague
from idp.console.entry import OperatorVisit
from idp.console.people_page import refuse
from idp.kit import clock
from idp.kit.errors import InvalidInput, errors_in_each
from idp.kit.immutable import immutable
from idp.people.identifiers import find_person, hashes_of, normalise_number
from idp.people.names import MAX_NAME
from idp.web.forms import read_instant
from idp.web.messages import N_, Message
from idp.web.part import Site

LONGEST = 64
_GOOD = {"name": "A", "birthdate": "1990"}
_OWN = Message("This is your own number. Ask a colleague: nobody verifies themselves.")
NOBODY = Message(
    "No account holds this number. The person can register, and come back with the code of their "
    "new account."
)
OTHER_OWNER = Message(
    "The account says another name, date of birth or sex than the card. Compare again. If the card "
    "says what you typed, the account is not theirs: give the number back to them."
)
_COLLEAGUE = {
    Half.PASSWORD: N_(
        "You gave this person a password at %(time)s. Nobody gives both a password and a second "
        "step within a day: ask a colleague to do this one."
    ),
    Half.SECOND_STEP: N_(
        "You confirmed or printed this person’s second step at %(time)s. Nobody gives both a "
        "password and a second step within a day: ask a colleague to do this one."
    ),
}
_DONE = N_(
    "You did this for the person at %(time)s already, after you had opened this form: nothing was "
    "done again. If what was shown is lost, open the page anew."
)
NOT_SEEN = Message("Compare card and face first, and say so.")


@immutable
class Compared:
    """Whom an official compared with their ID card: the number typed, and what the card says."""

    number: str
    card: SeenCard


def read_compared(
    visit: OperatorVisit, fields: Mapping[str, str], form: str, *, at: datetime
) -> Compared | dict[str, Message]:
    """Who stands at the desk, of a form whose fields begin with that word; or what is wrong."""
    number, errors = read_number(visit, fields, f"{form}number")
    card, wrong = read_seen(fields, form, at=at)
    errors |= wrong
    if f"{form}seen" not in fields:
        errors[f"{form}seen"] = NOT_SEEN
    return errors if errors or card is None else Compared(number, card)


def read_seen(
    fields: Mapping[str, str], form: str, *, at: datetime
) -> tuple[SeenCard | None, dict[str, Message]]:
    """The card that was typed into that form, or what is wrong with each of its fields."""
    typed = {
        "name": fields.get(f"{form}name", "")[: MAX_NAME + 1],
        "birthdate": fields.get(f"{form}birthdate", "")[:LONGEST],
    }
    read = partial(read_card, compared_again=f"{form}compared" in fields, at=at)
    wrong = errors_in_each(read, typed, good=_GOOD)
    errors = {f"{form}{name}": Message(sentence) for name, sentence in wrong.items()}
    if errors:
        return None, errors
    return read(name=typed["name"], birthdate=typed["birthdate"]), {}


def read_number(
    visit: OperatorVisit, fields: Mapping[str, str], name: str
) -> tuple[str, dict[str, Message]]:
    """The number typed, or why not."""
    keyring, today = Site.of(visit.request).keyring, Site.of(visit.request).today
    try:
        number = normalise_number(fields.get(name, "")[:LONGEST], today=today)
    except InvalidInput as error:
        return "", {name: Message(error.public)}
    holder = find_person(visit.db, number_hashes=hashes_of(keyring, number))
    if holder == visit.visitor.session.person_id:
        return "", {name: _OWN}
    return number, {}


def opened_at(fields: Mapping[str, str]) -> datetime | None:
    """When the page of the form was shown."""
    return read_instant(fields.get("opened_at", "")[:LONGEST])


def refuse_act(
    visit: OperatorVisit,
    fields: Mapping[str, str],
    refused: CardRefused | NeedsColleague | DoneBefore,
    *,
    beside: str,
    form: str = "",
    other: Message = OTHER_OWNER,
) -> Response:
    """Say why it is left to a colleague, or was done; else what to compare with the card."""
    if isinstance(refused, NeedsColleague):
        time = f"{clock.here(refused.given_at):%H:%M}"
        return refuse(visit, fields, errors={beside: Message(_COLLEAGUE[refused.given], time=time)})
    if isinstance(refused, DoneBefore):
        time = f"{clock.here(refused.done_at):%H:%M}"
        return refuse(visit, fields, errors={beside: Message(_DONE, time=time)})
    return refuse_card(visit, fields, refused, form=form, other=other)


def refuse_card(
    visit: OperatorVisit,
    fields: Mapping[str, str],
    refused: CardRefused,
    *,
    form: str = "",
    other: Message = OTHER_OWNER,
) -> Response:
    """Say what to compare with the card, beside the fields of that form."""
    if isinstance(refused, Doubtful):
        doubts = tuple(DOUBTS[reason] for reason in refused.reasons)
        beside = {f"{form}compared": Message(COMPARE_AGAIN)}
        return refuse(visit, fields, errors=beside, doubts=doubts)
    if isinstance(refused, OtherCard):
        return refuse(visit, fields, errors={f"{form}name": other})
    names = {"held_number": "held"}
    beside = {f"{form}{name}": Message(UNLIKE_REGISTER[name]) for name in refused.fields}
    return refuse(visit, fields, errors={names.get(k, k): v for k, v in beside.items()})
