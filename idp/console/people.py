"""The registrar's page: for the person at the desk, whom an official compared with their ID card.

Proving them, confirming their app, and giving their number back to them. Nobody does any of it for
themselves; the journal names who did it.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.cards import OTHER_CARD, CardRefused
from idp.accounts.colleague import NeedsColleague
from idp.accounts.desk_confirmation import confirm_factor_at_desk
from idp.accounts.numbers import NumberTaken
from idp.accounts.proofing import Proofed, Unshown, prove_at_desk
from idp.accounts.reclaim import reclaim_number
from idp.console.cards import (
    LONGEST,
    NOBODY,
    NOT_SEEN,
    Compared,
    opened_at,
    read_compared,
    read_number,
    read_seen,
    refuse_act,
)
from idp.console.entry import PEOPLE, OperatorVisit, for_registrars, registrar_form
from idp.console.new_password import give, judge
from idp.console.part import ConsolePart
from idp.console.people_page import Handing, refuse, show
from idp.factors.credentials import read_credentials
from idp.factors.kinds import SMS, kinds_beyond, usable
from idp.factors.password import hash_password, new_password
from idp.factors.totp import is_whole
from idp.kit import clock
from idp.people.declaration import Declaration, declare, find_errors
from idp.people.identifiers import find_person, hashes_of
from idp.people.models import Sex
from idp.people.names import MAX_NAME
from idp.personal_data.requests import forget_requests
from idp.web.csrf import OwnForm
from idp.web.forms import Query
from idp.web.lanes import Lane, in_lane
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.told import go_and_tell

router = Router()
_NO_CODE = Message(
    "Nobody shows this code for this number. Let the person open “Code for the desk” again."
)
_EMPTY_CODE = Message("Enter the code that their page “Code for the desk” shows.")
_KEPT = Message(
    "Another account holds this number, and was verified face to face. Let the person sign in to "
    "that one. If they cannot: “a new password” below. If it is not theirs, it has to be "
    "lowered first: idp person proof NUMBER 0."
)
_OTHER_APP = Message(
    "The app of this account shows another code. Ask for the newest. If it never fits, the app may "
    "be somebody else’s: let the person sign in, open “Two-step verification”, choose “It was not "
    "me”, and set up an app of their own."
)
_NOT_SHOWN = Message(
    "Nobody who signed in with a second step shows this code for this number. Let the person sign "
    "in with what is to be confirmed, and open “Code for the desk” again."
)
_PROVEN = (
    Message("Verified face to face"),
    Message("They are signed out everywhere, and sign in again with their number alone."),
)
_NO_SECOND_STEP = Message(
    "They are signed out everywhere, and sign in again with their number alone. They have no "
    "second step yet. If they can install no app, print recovery codes for them below. Else let "
    "them set up an app now, and confirm it below: set up later, it does not count for days."
)
_ONLY_TEXTS = Message(
    "They are signed out everywhere, and sign in again with their number alone. Their codes by "
    "text message are asked for no more, now that they were seen: print recovery codes for them "
    "below. Or let them set up an app or a passkey now, and confirm it below: set up later, it "
    "does not count for days."
)
_SPARES = {"theirs": True, "remove": False}
_ASK_OF_SPARES = Message(
    "This account has a second step that was not shown here. Ask the person whether it is theirs, "
    "and choose."
)
_CONFIRMED = (
    Message("The second step is confirmed"),
    Message(
        "It counts for their verified identity from now on. They are signed out everywhere, and "
        "sign in again with it."
    ),
)
_CONFIRMED_BEFORE = (
    Message("The second step was confirmed before"),
    Message("There was nothing to do."),
)
_NO_SEX = Message("Choose the sex.")


@router.get(PEOPLE)
@for_registrars
def show_people(visit: OperatorVisit, query: Query) -> Response:
    """What can be done, with a form; as it was refused, with what is wrong; or a new password."""
    return show(visit, query.get("act", ""))


@router.post(f"{PEOPLE}/prove")
@registrar_form
def prove(visit: OperatorVisit, fields: OwnForm) -> Response:
    """Prove face to face whoever shows that code in their own session."""
    at = clock.now()
    number, errors = read_number(visit, fields, "number")
    card, wrong = read_seen(fields, "", at=at)
    errors |= wrong
    challenge = fields.get("code", "")[:LONGEST]
    if not challenge.strip():
        errors["code"] = _EMPTY_CODE
    if errors or card is None:
        return refuse(visit, fields, errors=errors)
    done = prove_at_desk(
        visit.db,
        keyring=Site.of(visit.request).keyring,
        number=number,
        challenge=challenge,
        card=card,
        at=at,
        spares_are_theirs=_SPARES.get(fields.get("spares", "")),
    )
    if isinstance(done, Unshown):
        return refuse(visit, fields, errors={"spares": _ASK_OF_SPARES}, held=done.held)
    if done is None or isinstance(done, NumberTaken):
        errors = {"number": _KEPT} if done else {"code": _NO_CODE}
        return refuse(visit, fields, errors=errors)
    if isinstance(done, CardRefused | NeedsColleague):
        other = Message(OTHER_CARD)
        return refuse_act(visit, fields, done, beside="number", other=other)
    own = read_credentials(visit.db, person_id=done.person_id)
    rules = Site.of(visit.request).factor_rules.assurance
    if not kinds_beyond(usable(own.held, rules, proofing=own.proofing)):
        meaning = _PROVEN[1]
    else:
        meaning = _ONLY_TEXTS if SMS in own.held else _NO_SECOND_STEP
    return go_and_tell(visit.request, PEOPLE, _PROVEN[0], meaning=meaning)


@router.post(f"{PEOPLE}/confirm-app")
@registrar_form
def confirm_app(visit: OperatorVisit, fields: OwnForm) -> Response:
    """Confirm what somebody has by what their app shows, or by the code of their own page."""
    keyring, at = Site.of(visit.request).keyring, clock.now()
    seen = read_compared(visit, fields, "app_", at=at)
    if not isinstance(seen, Compared):
        return refuse(visit, fields, errors=seen)
    holder = find_person(visit.db, number_hashes=hashes_of(keyring, seen.number))
    if holder is None:
        return refuse(visit, fields, errors={"app_number": NOBODY})
    typed = fields.get("app_code", "")[:LONGEST]
    changed = confirm_factor_at_desk(
        visit.db,
        keyring=keyring,
        person_id=holder,
        typed=typed,
        card=seen.card,
        at=at,
    )
    if changed is None:
        other = _OTHER_APP if is_whole(typed) else _NOT_SHOWN
        return refuse(visit, fields, errors={"app_code": other})
    if not isinstance(changed, bool):
        return refuse_act(visit, fields, changed, beside="app_number", form="app_")
    what, meaning = _CONFIRMED if changed else _CONFIRMED_BEFORE
    return go_and_tell(visit.request, PEOPLE, what, meaning=meaning)


@router.post(f"{PEOPLE}/reclaim")
@in_lane(Lane.HASHES)
def reclaim(request: Request, fields: OwnForm) -> Response:
    """Give the account of a number to the person at the desk, with a new password."""
    refused = judge(request, fields, lambda visit: _find_errors(visit, fields))
    if refused is not None:
        return refused
    password = new_password()
    password_hash = hash_password(ConsolePart.of(request).passwords, password)
    return give(request, password, lambda visit: _reclaim(visit, fields, password_hash))


def _find_errors(visit: OperatorVisit, fields: Mapping[str, str]) -> dict[str, Message]:
    _, errors = _read_card(visit, fields)
    return errors if "seen" in fields else {**errors, "seen": NOT_SEEN}


def _reclaim(
    visit: OperatorVisit, fields: Mapping[str, str], password_hash: str
) -> Response | Handing:
    card, errors = _read_card(visit, fields)
    if card is None:
        return refuse(visit, fields, errors=errors)
    site, at = Site.of(visit.request), clock.now()
    done = reclaim_number(
        visit.db,
        keyring=site.keyring,
        card=card,
        password_hash=password_hash,
        today=site.today,
        compared_again="held_compared" in fields,
        at=at,
        since=opened_at(fields),
    )
    if done is None or isinstance(done, NumberTaken):
        return refuse(visit, fields, errors={"held": NOBODY if done is None else _KEPT})
    if isinstance(done, Proofed):
        forget_requests(visit.db, person_id=done.person_id, at=at)
        return Handing.NUMBER
    return refuse_act(visit, fields, done, beside="held", form="held_")


def _read_card(
    visit: OperatorVisit, fields: Mapping[str, str]
) -> tuple[Declaration | None, dict[str, Message]]:
    """What is on the card of whom a number is given back to, or why not."""
    number, errors = read_number(visit, fields, "held")
    at, typed = clock.now(), fields.get("held", "")[:LONGEST]
    card = {
        "name": fields.get("held_name", "")[: MAX_NAME + 1],
        "birthdate": fields.get("held_birthdate", "")[:LONGEST],
    }
    wrong = find_errors(**card, number=typed, at=at)
    errors |= {f"held_{name}": Message(wrong[name]) for name in card if name in wrong}
    if fields.get("held_sex") not in tuple(Sex):
        errors["held_sex"] = _NO_SEX
    if errors:
        return None, errors
    return declare(**card, number=number, sex=fields["held_sex"], at=at), {}
