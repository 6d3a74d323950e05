"""Making an account on the way to a service.

With a citizen number an existing account cannot be hidden: the page says so, limited per source.
"""

from dataclasses import dataclass, field

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.interactions.models import Interaction
from idp.interactions.progress import remember_identifier
from idp.kit import clock
from idp.kit.errors import InvalidInput
from idp.people.blocklist import find_problem
from idp.people.credentials import Credentials, find_credentials
from idp.people.identifiers import hash_number
from idp.people.models import Sex
from idp.people.names import MAX_NAME
from idp.people.passwords import hash_password
from idp.people.registration import Declaration, NumberTaken, declare, register_person
from idp.people.throttle import count_source_failure, source_key
from idp.sessions.lookup import find_session
from idp.settings import Settings
from idp.signin.factors import sign_in
from idp.signin.progress import find_step, go_to, own_session
from idp.signin.visit import Going, begin_visit, going_to, page_url, show_expired
from idp.web.client_ip import client_ip
from idp.web.csrf import OwnForm
from idp.web.current import BrowserId, SessionToken
from idp.web.db import transaction
from idp.web.language import language_of
from idp.web.messages import N_, Message
from idp.web.templates import render

router = APIRouter()
_FIELDS = ("number", "name", "birthdate", "sex")
_LONGEST = MAX_NAME + 1
"""As much of a field is kept as shows that it is too long."""
_TAKEN = N_(
    "An account with this number exists already. Go back and sign in. If it is not yours, or you "
    "cannot sign in, bring your ID card to a support desk."
)
_UNPROVEN = N_(
    "Someone has registered this number, and what you entered does not match the population "
    "register. Check it against your ID card, or bring the card to a support desk."
)
_TOO_MANY = N_("Too many registrations came from your connection. Please try again in an hour.")


@dataclass(frozen=True)
class RegisterPage:
    """The form, with what was entered."""

    going: Going
    interaction_id: str
    least: int
    entered: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str | Message] = field(default_factory=dict)
    is_taken: bool = False


@dataclass(frozen=True)
class RegisteredPage:
    """Told to someone whom the population register does not know as declared."""

    going: Going
    interaction_id: str


@router.get("/signin/{interaction_id}/register")
def show(request: Request, interaction_id: str, browser: BrowserId) -> Response:
    """The form."""
    with transaction(request) as db:
        interaction = begin_visit(request, db, interaction_id=interaction_id, browser_id=browser)
        if interaction is None:
            return show_expired(request, db, interaction_id, browser)
        return render(request, "signin/register.html", _page(request, interaction))


@router.post("/signin/{interaction_id}/register")
def submit(
    request: Request, interaction_id: str, browser: BrowserId, token: SessionToken, form: OwnForm
) -> Response:
    """Make the account and sign in. Two transactions, hashing between them."""
    settings: Settings = request.app.state.settings
    entered = {name: form.get(name, "")[:_LONGEST] for name in _FIELDS}
    errors = find_errors(settings, entered, form.get("password", ""), form.get("again", ""))
    with transaction(request) as db:
        interaction = begin_visit(request, db, interaction_id=interaction_id, browser_id=browser)
        if interaction is None:
            return show_expired(request, db, interaction_id, browser)
        if not errors and _is_over_limit(request, db):
            page = _page(request, interaction, entered=entered, errors={"": _TOO_MANY})
            return render(request, "signin/register.html", page, status=429)
    if errors:
        page = _page(request, interaction, entered=entered, errors=errors)
        return render(request, "signin/register.html", page, status=422)
    declaration = declare(**entered, at=clock.now())
    password_hash = hash_password(settings.passwords, form["password"])
    with transaction(request) as db:
        credentials = _register(request, db, declaration, password_hash)
        if isinstance(credentials, NumberTaken):
            reason = _TAKEN if credentials.is_proven else _UNPROVEN
            page = _page(
                request, interaction, entered=entered, errors={"number": reason}, is_taken=True
            )
            return render(request, "signin/register.html", page, status=422)
        number_hash = hash_number(request.app.state.keyring, declaration.number)
        remember_identifier(
            db,
            interaction_id=interaction.id,
            person_id=credentials.person_id,
            identifier_hash=number_hash,
        )
        before, at = find_session(db, token=token), clock.now()
        session = sign_in(request, db, interaction, credentials=credentials, before=before, at=at)
        if credentials.proofing == 0:
            return RedirectResponse(page_url(interaction, "registered"), status_code=303)
        return go_to(interaction, find_step(request, db, interaction, session))


@router.get("/signin/{interaction_id}/registered")
def show_registered(request: Request, interaction_id: str, browser: BrowserId) -> Response:
    """What an account without a match in the register may do, and how to prove more."""
    with transaction(request) as db:
        interaction = begin_visit(request, db, interaction_id=interaction_id, browser_id=browser)
        if interaction is None:
            return show_expired(request, db, interaction_id, browser)
        page = RegisteredPage(going_to(request, interaction), str(interaction.id))
        return render(request, "signin/registered.html", page)


@router.post("/signin/{interaction_id}/registered")
def go_on(
    request: Request, interaction_id: str, browser: BrowserId, token: SessionToken, _form: OwnForm
) -> Response:
    """Go on with the sign-in."""
    with transaction(request) as db:
        interaction = begin_visit(request, db, interaction_id=interaction_id, browser_id=browser)
        if interaction is None:
            return show_expired(request, db, interaction_id, browser)
        session = own_session(db, interaction, token=token)
        return go_to(interaction, find_step(request, db, interaction, session))


def find_errors(
    settings: Settings, entered: dict[str, str], password: str, again: str
) -> dict[str, str | Message]:
    """What is wrong with the form, field by field."""
    errors: dict[str, str | Message] = {}
    now = clock.now()
    good = {"number": "001090000001", "name": "A", "birthdate": "1990", "sex": Sex.MALE.value}
    for name in _FIELDS:
        try:
            declare(**{**good, name: entered[name]}, at=now)
        except InvalidInput as error:
            errors[name] = error.public
        except ValueError:
            errors[name] = N_("Choose one.")
    owner = {} if errors else _owner(declare(**entered, at=now))
    problem = find_problem(settings.passwords, password, **owner)
    if problem is not None:
        errors["password"] = Message(problem.text, **problem.values)
    elif password != again:
        errors["again"] = N_("The two passwords differ.")
    return errors


def _owner(declaration: Declaration) -> dict[str, str]:
    return {
        "number": declaration.number,
        "name": declaration.name,
        "birthdate": declaration.birthdate,
    }


def _register(
    request: Request, db: Session, declaration: Declaration, password_hash: str
) -> Credentials | NumberTaken:
    registered = register_person(
        db,
        keyring=request.app.state.keyring,
        declaration=declaration,
        password_hash=password_hash,
        at=clock.now(),
        locale=language_of(request),
    )
    if isinstance(registered, NumberTaken):
        return registered
    credentials = find_credentials(db, person_id=registered.person_id)
    assert credentials is not None  # noqa: S101 - made in this transaction
    return credentials


def _is_over_limit(request: Request, db: Session) -> bool:
    settings: Settings = request.app.state.settings
    keyring, address = request.app.state.keyring, client_ip(request)
    source = source_key(keyring, purpose="registrations", address=address)
    counted = count_source_failure(db, source=source, at=clock.now())
    return counted > max(1, settings.throttle.source_limit // 10)


def _page(
    request: Request,
    interaction: Interaction,
    *,
    entered: dict[str, str] | None = None,
    errors: dict[str, str | Message] | None = None,
    is_taken: bool = False,
) -> RegisterPage:
    settings: Settings = request.app.state.settings
    return RegisterPage(
        going=going_to(request, interaction),
        interaction_id=str(interaction.id),
        least=settings.passwords.min_length,
        entered=entered or dict.fromkeys(_FIELDS, ""),
        errors=errors or {},
        is_taken=is_taken,
    )
