"""Making an account on the way to a service: the form.

Nobody learns from it whether the population register knows a number, what it says of it, or who
has an account: it is answered alike. What is found out is told to whoever shows possession.
"""

from contextlib import suppress
from dataclasses import field

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.factors.password import hash_password, plain_letters
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.people.declaration import Declaration, declare, find_errors
from idp.people.identifiers import birth_year, normalise_number
from idp.people.models import Sex
from idp.people.names import MAX_NAME, normalise_birthdate
from idp.rate_limits import PASSWORDS_KEPT, REGISTRATIONS, REGISTRATIONS_OF_PERSON, count
from idp.signin.kept import go_back_to, read_kept
from idp.signin.new_account import TOO_MANY, looks_odd, make_account
from idp.signin.part import SignInPart
from idp.signin.repeats import keep
from idp.signin.visit import Going, begin_visit, going_to, interaction_page, typed_number
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.lanes import Lane, in_lane
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.password_check import find_new_errors
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.trusted_proxy import client_ip

router = Router()
_LONGEST = {"number": 64, "name": MAX_NAME + 1, "birthdate": 32, "sex": 16}
"""As much of each field is kept as shows that it is too long."""


@immutable
class RegisterPage:
    """The form, with what was entered; `has_password`: a good one, of it only the hash is left."""

    going: Going
    least: int
    has_password: bool = False
    entered: dict[str, str] = field(default_factory=dict)
    errors: dict[str, Message] = field(default_factory=dict)


@router.get("/signin/{interaction_id}/register")
@interaction_page
def show(request: Request, _db: Session, interaction: Interaction) -> Response:
    """The form; what was refused with its reasons."""
    kept = read_kept(request, interaction, "register")
    page = RegisterPage(
        going=going_to(request, interaction),
        least=SignInPart.of(request).passwords.min_length,
        has_password=bool(kept.password_hash),
        entered=kept.entered
        or {**dict.fromkeys(_LONGEST, ""), "number": _typed_before(request, interaction)},
        errors=kept.errors,
    )
    return render(request, "signin/register.html", page)


@router.post("/signin/{interaction_id}/register")
@in_lane(Lane.HASHES)
def submit(request: Request, form: OwnForm) -> Response:
    """Make an account of it; where something looks odd, show it once more before.

    A good password is hashed whatever else is wrong, and that hash kept: it is typed once.
    """
    passwords = SignInPart.of(request).passwords
    entered = {name: form.get(name, "")[:longest] for name, longest in _LONGEST.items()}
    errors = _find_errors(entered)
    with transaction(request) as db:
        interaction = begin_visit(request, db)
        if isinstance(interaction, Response):
            return interaction
        hashed = read_kept(request, interaction, "register").password_hash
        if not hashed or form.get("password") or form.get("again"):
            hashed = ""
            errors |= find_new_errors(passwords, form, owner=_owner_as_typed(entered))
        if not errors and _is_over_limit(request, db, entered):
            errors = {"": TOO_MANY}
        is_new = not hashed and errors.keys().isdisjoint(("password", "again"))
        is_hashed = is_new and (not errors or _may_hash(request, db))
    if is_hashed:
        hashed = hash_password(passwords, form["password"])
    with transaction(request) as db:
        if errors or looks_odd(entered):
            page = "register" if errors else "compare"
            response = go_back_to(
                request, interaction, page, errors=errors, entered=entered, password_hash=hashed
            )
        else:
            response = make_account(request, db, interaction, entered, password_hash=hashed)
        return keep(request, db, interaction, response)


def _typed_before(request: Request, interaction: Interaction) -> str:
    """The number that was typed in this sign-in, without the digits that an account adds to it."""
    return typed_number(request, interaction)[:12]


def _find_errors(entered: dict[str, str]) -> dict[str, Message]:
    """What is wrong with who somebody says they are, field by field."""
    values = {name: entered[name] for name in ("number", "name", "birthdate")}
    found = find_errors(**values, at=clock.now())
    errors = {name: Message(sentence) for name, sentence in found.items()}
    if entered["sex"] not in tuple(Sex):
        errors["sex"] = Message("Choose your sex.")
    return errors


def _owner_as_typed(entered: dict[str, str]) -> Declaration:
    """Whose words make no password, also where they cannot be read or are corrected later.

    Of a password that is kept only the hash is there to compare with a correction.
    """
    words = {name: plain_letters(typed) for name, typed in entered.items()}
    born = entered["birthdate"]
    today, year = clock.day_of(clock.now()), None
    with suppress(InvalidInput):
        year = birth_year(normalise_number(entered["number"], today=today))
    with suppress(InvalidInput):
        born = normalise_birthdate(born, today=today, year=year)
    return Declaration(words["number"], entered["name"], born, Sex.OTHER)


def _may_hash(request: Request, db: Session) -> bool:
    """Count a hash that leads no further than the form."""
    settings, keyring = SignInPart.of(request).throttle, Site.of(request).keyring
    kept = PASSWORDS_KEPT.of(client_ip(request), keyring=keyring, settings=settings)
    return count(db, kept, at=clock.now())


def _is_over_limit(request: Request, db: Session, entered: dict[str, str]) -> bool:
    """Count a form that could be judged, by where it came from and by whom it declares."""
    keyring, at = Site.of(request).keyring, clock.now()
    about = declare(**entered, at=at).key
    limits = ((REGISTRATIONS, client_ip(request)), (REGISTRATIONS_OF_PERSON, about))
    settings = SignInPart.of(request).throttle
    allowances = [limit.of(value, keyring=keyring, settings=settings) for limit, value in limits]
    return not all(count(db, allowance, at=at) for allowance in allowances)
