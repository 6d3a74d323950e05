"""Making an account on the way to a service.

With a citizen number an existing account cannot be hidden: the page says so, limited per source.
"""

from dataclasses import dataclass, field

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.registration import NumberTaken, register_person
from idp.factors.password import hash_password
from idp.interactions.models import Interaction
from idp.interactions.progress import remember_identifier
from idp.kit import clock
from idp.kit.errors import InvalidInput
from idp.people.declaration import declare
from idp.people.identifiers import hash_number, normalise_number
from idp.people.models import Sex
from idp.people.names import MAX_NAME
from idp.people.population import match_declaration
from idp.rate_limits import REGISTRATIONS, REGISTRATIONS_OF_NUMBER, count
from idp.sessions.lookup import find_session
from idp.settings.people import PasswordSettings
from idp.signin.factors import sign_in
from idp.signin.kept import go_back_to, read_kept
from idp.signin.part import SignInPart
from idp.signin.progress import go_on
from idp.signin.visit import Going, begin_visit, going_to, interaction_page
from idp.web.browser import session_token
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.language import language_of
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.password_check import find_new_errors
from idp.web.templates import render
from idp.web.trusted_proxy import client_ip

router = APIRouter()
_LONGEST = {"number": 64, "name": MAX_NAME + 1, "birthdate": 32, "sex": 16}
"""As much of each field is kept as shows that it is too long."""
_TAKEN = Message(
    "An account with this number exists already. Go back and sign in. If it is not yours, or you "
    "cannot sign in, bring your ID card to a support desk."
)
_UNPROVEN = Message(
    "Someone has registered this number, and what you entered does not match the population "
    "register. Check it against your ID card, or bring the card to a support desk."
)
_TOO_MANY = Message(
    "Too many registrations came from your connection or were for this number. Please try again "
    "in an hour."
)


@dataclass(frozen=True)
class RegisterPage:
    """The form, with what was entered."""

    going: Going
    least: int
    entered: dict[str, str] = field(default_factory=dict)
    errors: dict[str, Message] = field(default_factory=dict)
    is_taken: bool = False


@router.get("/signin/{interaction_id}/register")
@interaction_page
def show(request: Request, _db: Session, interaction: Interaction) -> Response:
    """The form; what was refused with its reasons."""
    kept = read_kept(request, interaction, "register")
    page = RegisterPage(
        going=going_to(request, interaction),
        least=SignInPart.of(request).passwords.min_length,
        entered=kept.entered or dict.fromkeys(_LONGEST, ""),
        errors=kept.errors,
        is_taken=kept.errors.get("number") in (_TAKEN, _UNPROVEN),
    )
    return render(request, "signin/register.html", page)


@router.post("/signin/{interaction_id}/register")
def submit(request: Request, form: OwnForm) -> Response:
    """Make the account and sign in, or ask first when the population register does not agree.

    Two transactions, hashing between them.
    """
    passwords = SignInPart.of(request).passwords
    entered = {name: form.get(name, "")[:longest] for name, longest in _LONGEST.items()}
    errors = _find_errors(passwords, entered, form)
    with transaction(request) as db:
        interaction = begin_visit(request, db)
        if isinstance(interaction, Response):
            return interaction
        if not errors and _is_over_limit(request, db, entered["number"]):
            errors = {"": _TOO_MANY}
        if errors:
            return go_back_to(request, interaction, "register", errors=errors, entered=entered)
        keyring, declaration = Site.of(request).keyring, declare(**entered, at=clock.now())
        match = match_declaration(db, keyring=keyring, declaration=declaration)
    password_hash = hash_password(passwords, form["password"])
    if match is None:
        return go_back_to(
            request, interaction, "unmatched", entered=entered, password_hash=password_hash
        )
    with transaction(request) as db:
        return make_account(request, db, interaction, entered=entered, password_hash=password_hash)


def make_account(
    request: Request,
    db: Session,
    interaction: Interaction,
    *,
    entered: dict[str, str],
    password_hash: str,
) -> Response:
    """Make the account and sign in; back to the form when another holds the number."""
    keyring, at = Site.of(request).keyring, clock.now()
    declaration = declare(**entered, at=at)
    registered = register_person(
        db,
        keyring=keyring,
        declaration=declaration,
        password_hash=password_hash,
        at=at,
        locale=language_of(request),
    )
    if isinstance(registered, NumberTaken):
        errors = {"number": _TAKEN if registered.is_proven else _UNPROVEN}
        return go_back_to(request, interaction, "register", errors=errors, entered=entered)
    remember_identifier(
        db,
        interaction_id=interaction.id,
        person_id=registered.person_id,
        identifier_hash=hash_number(keyring, declaration.number),
    )
    before = find_session(db, token=session_token(request))
    session = sign_in(
        request,
        db,
        interaction,
        account=registered,
        before=before,
        proven_at=at if registered.proofing else None,
        at=at,
    )
    return go_on(request, db, interaction, session)


def _find_errors(
    settings: PasswordSettings, entered: dict[str, str], form: dict[str, str]
) -> dict[str, Message]:
    """What is wrong with the form, field by field."""
    errors: dict[str, Message] = {}
    now = clock.now()
    good = {"number": "001090000001", "name": "A", "birthdate": "1990", "sex": Sex.MALE.value}
    for name in _LONGEST:
        try:
            declare(**{**good, name: entered[name]}, at=now)
        except InvalidInput as error:
            errors[name] = Message(error.public)
        except ValueError:
            errors[name] = Message("Choose one.")
    owner = None if errors else declare(**entered, at=now)
    return errors | find_new_errors(settings, form, owner=owner)


def _is_over_limit(request: Request, db: Session, number: str) -> bool:
    """Count a form that could be judged, by where it came from and by the number it is about."""
    keyring, at = Site.of(request).keyring, clock.now()
    about = hash_number(keyring, normalise_number(number, today=at.date())).hex()
    limits = ((REGISTRATIONS, client_ip(request)), (REGISTRATIONS_OF_NUMBER, about))
    settings = SignInPart.of(request).throttle
    allowances = [limit.of(value, keyring=keyring, settings=settings) for limit, value in limits]
    return not all(count(db, allowance, at=at) for allowance in allowances)
