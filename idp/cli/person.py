"""`idp person`: accounts of people, as an operator or a registrar handles them."""

import json as jsonlib
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from idp.accounts.cards import DOUBTS, UnlikeRegister
from idp.accounts.changes import give_factor, set_status
from idp.accounts.colleague import Half, need_colleague
from idp.accounts.lost import give_password
from idp.accounts.numbers import NumberTaken
from idp.accounts.registration import register_person
from idp.cli import desk, sheet
from idp.cli.database import unit_of_work
from idp.cli.output import JsonOption, show
from idp.cli.secret_input import PasswordFile, ask_password, read_password
from idp.cli.who import AsOption, WhoArgument, acting, get_profile
from idp.factors.credentials import read_credentials
from idp.factors.kinds import TOTP
from idp.factors.password import find_problem, hash_password, new_password
from idp.factors.totp import new_app, new_secret
from idp.journal.actors import Capacity
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.kit.tables.source import read_text
from idp.people.contacts import add_contact
from idp.people.declaration import Declaration, declare
from idp.people.identifiers import mask_number
from idp.people.models import ContactKind, PersonStatus, Sex
from idp.settings import Settings

app = typer.Typer(name="person", help="Accounts of people.", no_args_is_help=True)
app.command()(desk.proof)
app.command()(desk.reclaim)
app.command("confirm-factor")(desk.confirm)
app.command("print-codes")(sheet.print_codes)

_HELD = (
    "Another account holds this number. If the person can sign in: idp person proof NUMBER "
    "--challenge CODE. If they cannot, or somebody else has it: idp person reclaim NUMBER."
)


@app.command()
def add(
    *,
    number: Annotated[str, typer.Option(help="Citizen number, 12 digits.")],
    name: Annotated[str, typer.Option(help="Full name.")],
    birthdate: Annotated[str, typer.Option(help="dd/mm/yyyy, YYYY-MM-DD, or YYYY.")],
    sex: Annotated[Sex, typer.Option(help="As in the register.")],
    password_file: PasswordFile = None,
    proofing: Annotated[int, typer.Option(min=0, max=2, help="0, 1 or 2.")] = 0,
    totp: Annotated[bool, typer.Option("--totp", help="Add an authenticator app.")] = False,
    email: Annotated[str, typer.Option(help="E-mail address.")] = "",
    phone: Annotated[str, typer.Option(help="Telephone number.")] = "",
    claims: Annotated[Path | None, typer.Option(help="JSON object of further claims.")] = None,
    test: Annotated[
        bool, typer.Option("--test", help="Made up, for the sandbox alone; the number begins 000.")
    ] = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Make an account; prints person_id, totp_secret, and doubts, which ask you to compare again.

    The password is asked for, or given by a file or variable; at least 15 characters.
    Takes a number from nobody, whatever the proofing, and the population register must agree, where
    it knows the number.
    """
    settings, further, password = Settings(), _read_claims(claims), ask_password(password_file)
    keyring = settings.secrets.keyring()
    with acting(settings, by, capacity=Capacity.DESK) as command:
        db, at = command.db, clock.now()
        declaration = declare(number=number, name=name, birthdate=birthdate, sex=sex, at=at)
        _check_password(settings, password, owner=declaration)
        password_hash = hash_password(settings.passwords, password)
        made = register_person(
            db,
            keyring=keyring,
            declaration=declaration,
            password_hash=password_hash,
            at=at,
            proofing=proofing,
            claims=further,
            is_test=test,
        )
        if isinstance(made, NumberTaken):
            raise InvalidInput(_HELD, field="number")
        if isinstance(made, UnlikeRegister):
            desk.refuse_card(made)
        _add_contacts(db, keyring, made.person_id, email=email, phone=phone)
        secret = new_secret() if totp else None
        if secret:
            new = new_app(keyring, person_id=made.person_id, secret=secret, at=at)
            give_factor(db, new, at=at)
    doubts = " ".join(DOUBTS[reason] for reason in made.review_reasons)
    show({"person_id": made.person_id, "totp_secret": secret, "doubts": doubts}, as_json=json)


@app.command("show")
def show_person(who: WhoArgument, *, json: JsonOption = False) -> None:
    """Show an account; numbers and contacts are masked."""
    settings = Settings()
    with unit_of_work(settings) as db:
        profile = get_profile(db, settings, who)
        credentials = read_credentials(db, person_id=profile.person_id)
    number = profile.citizen_number
    show(
        {
            "person_id": profile.person_id,
            "name": profile.name,
            "number": mask_number(number) if number else None,
            "birthdate": profile.birthdate,
            "sex": profile.sex.value,
            "status": profile.status.value,
            "is_test": profile.is_test,
            "proofing": profile.proofing,
            "has_totp": TOTP in credentials.held,
            "totp_confirmed": TOTP in credentials.confirmed(at=clock.now()),
            "has_email": bool(profile.email),
            "has_phone": bool(profile.phone),
        },
        as_json=json,
    )


@app.command()
def suspend(
    who: WhoArgument,
    *,
    lift: Annotated[bool, typer.Option("--lift", help="Make it active again.")] = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Suspend an account: its sessions and tokens end at once."""
    settings = Settings()
    status = PersonStatus.ACTIVE if lift else PersonStatus.SUSPENDED
    with acting(settings, by, capacity=Capacity.DESK) as command:
        profile = command.get_other(settings, who)
        if profile.status not in (PersonStatus.ACTIVE, PersonStatus.SUSPENDED):
            raise InvalidInput(f"This account is {profile.status.value}.")
        changed = set_status(command.db, person_id=profile.person_id, status=status, at=clock.now())
    show({"person_id": profile.person_id, "status": status.value, "changed": changed}, as_json=json)


@app.command("reset-password")
def reset_password(
    who: WhoArgument,
    *,
    password_file: PasswordFile = None,
    remove_factors: Annotated[
        bool,
        typer.Option(
            "--remove-factors", "--remove-totp", help="Also take away what they lost: all but it."
        ),
    ] = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Set a new password for someone you checked; one is made where none is given.

    Sessions and tokens end. The second factor stays unless it is taken away explicitly, or was not
    confirmed: whoever knew the old password may have set it up.
    """
    settings = Settings()
    keyring = settings.secrets.keyring()
    with acting(settings, by, capacity=Capacity.DESK) as command:
        profile, at = command.get_other(settings, who), clock.now()
    new = read_password(password_file) or new_password()
    _check_password(settings, new, owner=profile.declared)
    password_hash = hash_password(settings.passwords, new)
    with acting(settings, by, capacity=Capacity.DESK) as command:
        person_id = profile.person_id
        refused = need_colleague(command.db, person_id=person_id, half=Half.PASSWORD, at=at)
        if refused is None:
            give_password(
                command.db,
                keyring=keyring,
                person_id=person_id,
                password_hash=password_hash,
                has_factors=not remove_factors,
                at=at,
            )
    if refused is not None:
        desk.refuse_half(refused)
    show({"person_id": profile.person_id, "password": new}, as_json=json)


def _add_contacts(
    db: Session, keyring: Keyring, person_id: UUID, *, email: str, phone: str
) -> None:
    """Contacts the operator vouches for."""
    at = clock.now()
    for kind, value in ((ContactKind.EMAIL, email), (ContactKind.PHONE, phone)):
        if value:
            add_contact(
                db,
                keyring=keyring,
                person_id=person_id,
                kind=kind,
                value=value,
                at=at,
                verified_at=at,
            )


def _check_password(settings: Settings, password: str, *, owner: Declaration) -> None:
    problem = find_problem(settings.passwords, password, owner=owner)
    if problem is not None:
        raise InvalidInput(str(problem), field="password")


def _read_claims(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        read = jsonlib.loads(read_text(path))
    except ValueError as error:
        raise InvalidInput(f"{path} cannot be read as JSON.", field="claims") from error
    if not isinstance(read, dict):
        raise InvalidInput(f"{path} is not a JSON object.", field="claims")
    return read
