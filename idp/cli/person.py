"""`idp person`: accounts of people, as an operator or a registrar handles them."""

import json as jsonlib
import secrets
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from idp.accounts.changes import give_factor, remove_factor, set_password, set_status
from idp.accounts.registration import NumberTaken, register_person
from idp.cli.database import serving_engine, unit_of_work
from idp.cli.output import JsonOption, show
from idp.factors.kinds import TOTP
from idp.factors.password import find_problem, hash_password
from idp.factors.totp import enrolled_at, new_app, new_secret
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.kit.errors import InvalidInput, NotFound
from idp.people.contacts import add_contact
from idp.people.declaration import Declaration, declare, set_proofing
from idp.people.identifiers import find_person, hashes_of, mask_number, normalise_number
from idp.people.models import ContactKind, PersonStatus, Sex
from idp.people.profile import PersonProfile, find_profile
from idp.settings import Settings

app = typer.Typer(name="person", help="Accounts of people.", no_args_is_help=True)

WhoArgument = Annotated[str, typer.Argument(help="Citizen number or person id.")]
PASSWORD_VARIABLE = "IDP_PERSON_PASSWORD"
"""Holds a password for those who keep it off the command line, where every process may read it."""
_WORD_LETTERS = "abcdefghkmnpqrstuvwxyz23456789"


@app.command()
def add(
    *,
    number: Annotated[str, typer.Option(help="Citizen number, 12 digits.")],
    name: Annotated[str, typer.Option(help="Full name.")],
    birthdate: Annotated[str, typer.Option(help="YYYY-MM-DD, or YYYY.")],
    sex: Annotated[Sex, typer.Option(help="As in the register.")],
    password: Annotated[
        str, typer.Option(envvar=PASSWORD_VARIABLE, help="At least 15 characters.")
    ],
    proofing: Annotated[int, typer.Option(min=0, max=2, help="0, 1 or 2.")] = 0,
    totp: Annotated[bool, typer.Option("--totp", help="Add an authenticator app.")] = False,
    email: Annotated[str, typer.Option(help="E-mail address.")] = "",
    phone: Annotated[str, typer.Option(help="Telephone number.")] = "",
    claims: Annotated[Path | None, typer.Option(help="JSON object of further claims.")] = None,
    test: Annotated[
        bool, typer.Option("--test", help="Made up, for the sandbox alone; the number begins 000.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Make an account; prints person_id and totp_secret."""
    settings, at = Settings(), clock.now()
    declaration = declare(number=number, name=name, birthdate=birthdate, sex=sex, at=at)
    _check_password(settings, password, owner=declaration)
    further = _read_claims(claims)
    password_hash = hash_password(settings.passwords, password)
    keyring = settings.secrets.keyring()
    with unit_of_work(settings) as db:
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
            raise InvalidInput("Another account holds this number.", field="number")
        _add_contacts(db, keyring, made.person_id, email=email, phone=phone)
        secret = new_secret() if totp else None
        if secret:
            new = new_app(keyring, person_id=made.person_id, secret=secret, at=at)
            give_factor(db, new, at=at)
    show({"person_id": made.person_id, "totp_secret": secret}, as_json=json)


@app.command("show")
def show_person(who: WhoArgument, *, json: JsonOption = False) -> None:
    """Show an account; numbers and contacts are masked."""
    settings = Settings()
    with unit_of_work(settings) as db:
        profile = get_profile(db, settings, who)
        since = enrolled_at(db, person_id=profile.person_id)
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
            "has_totp": since is not None,
            "has_email": bool(profile.email),
            "has_phone": bool(profile.phone),
        },
        as_json=json,
    )


@app.command()
def proof(
    who: WhoArgument,
    proofing: Annotated[int, typer.Argument(min=0, max=2, help="0, 1 or 2.")] = 2,
    *,
    json: JsonOption = False,
) -> None:
    """Note that a registrar checked an identity.

    2 is face to face, 1 matched with the population register.

    Only for an account they have just signed in to before you. If they cannot, someone else made
    it: `idp person add --proofing 2` takes the number from an account that proved nothing.
    """
    settings = Settings()
    with unit_of_work(settings) as db:
        person_id = get_profile(db, settings, who).person_id
        changed = set_proofing(db, person_id=person_id, proofing=proofing, at=clock.now())
    show({"person_id": person_id, "proofing": proofing, "changed": changed}, as_json=json)


@app.command()
def suspend(
    who: WhoArgument,
    *,
    lift: Annotated[bool, typer.Option("--lift", help="Make it active again.")] = False,
    json: JsonOption = False,
) -> None:
    """Suspend an account: its sessions and tokens end at once."""
    settings = Settings()
    status = PersonStatus.ACTIVE if lift else PersonStatus.SUSPENDED
    with unit_of_work(settings) as db:
        profile = get_profile(db, settings, who)
        if profile.status not in (PersonStatus.ACTIVE, PersonStatus.SUSPENDED):
            raise InvalidInput(f"This account is {profile.status.value}.")
        changed = set_status(db, person_id=profile.person_id, status=status, at=clock.now())
    show({"person_id": profile.person_id, "status": status.value, "changed": changed}, as_json=json)


@app.command("reset-password")
def reset_password(
    who: WhoArgument,
    *,
    password: Annotated[
        str, typer.Option(envvar=PASSWORD_VARIABLE, help="Leave out to have one made.")
    ] = "",
    remove_totp: Annotated[
        bool, typer.Option("--remove-totp", help="Also take away a lost authenticator app.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Set a new password for someone you checked.

    Sessions and tokens end. The second factor stays unless it is taken away explicitly.
    """
    settings, at = Settings(), clock.now()
    keyring = settings.secrets.keyring()
    with serving_engine(settings) as engine:
        with transaction(engine) as db:
            profile = get_profile(db, settings, who)
        new = password or _new_password()
        _check_password(settings, new, owner=profile.declared)
        password_hash = hash_password(settings.passwords, new)
        with transaction(engine) as db:
            set_password(
                db,
                keyring=keyring,
                person_id=profile.person_id,
                password_hash=password_hash,
                at=at,
            )
            if remove_totp:
                remove_factor(db, person_id=profile.person_id, kind=TOTP, at=at)
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


def get_profile(db: Session, settings: Settings, who: str) -> PersonProfile:
    """The account of a citizen number or person id; raises NotFound."""
    keyring = settings.secrets.keyring()
    try:
        person_id: UUID | None = UUID(who)
    except ValueError:
        number = normalise_number(who, today=clock.now().date())
        person_id = find_person(db, number_hashes=hashes_of(keyring, number))
    profile = (
        find_profile(db, keyring=keyring, person_id=person_id) if person_id is not None else None
    )
    if profile is None:
        raise NotFound("There is no such person.")
    return profile


def _check_password(settings: Settings, password: str, *, owner: Declaration) -> None:
    problem = find_problem(settings.passwords, password, owner=owner)
    if problem is not None:
        raise InvalidInput(str(problem), field="password")


def _read_claims(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        read = jsonlib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path} cannot be read as JSON.", field="claims") from error
    if not isinstance(read, dict):
        raise InvalidInput(f"{path} is not a JSON object.", field="claims")
    return read


def _new_password() -> str:
    """Four groups of five letters and digits that are hard to confuse: about 97 bits."""
    groups = ("".join(secrets.choice(_WORD_LETTERS) for _ in range(5)) for _ in range(4))
    return "-".join(groups)
