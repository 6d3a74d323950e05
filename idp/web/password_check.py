"""Passwords that a person typed: a new one, and one to check between two transactions."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from starlette.requests import Request

from idp.factors.attempts import Attempt, take_back
from idp.factors.password import Verification, find_problem, hash_password, verify_password
from idp.kit.errors import Overloaded
from idp.people.declaration import Declaration
from idp.settings.people import PasswordSettings
from idp.web.db import transaction
from idp.web.messages import N_, Message
from idp.web.part import Site


def check_password(
    request: Request, settings: PasswordSettings, typed: str, attempt: Attempt
) -> Verification:
    """Hash, holding no connection; the attempt is counted already, and settled afterwards.

    Raises Overloaded when there was no time to hash: then it is not held against anyone.
    """
    present = attempt.password_hash(Site.of(request).keyring)
    return check_against(request, settings, typed, attempt, password_hash=present)


def check_against(
    request: Request,
    settings: PasswordSettings,
    typed: str,
    attempt: Attempt,
    *,
    password_hash: str | None,
) -> Verification:
    """The same against another hash than the account's; None costs the same. Raises Overloaded."""
    with _not_held_against(request, attempt):
        return verify_password(settings, typed, password_hash)


def hash_after_check(
    request: Request, settings: PasswordSettings, password: str, attempt: Attempt
) -> str:
    """The hash of a new password, where that attempt showed the present one; as `check_password`.

    Raises Overloaded.
    """
    with _not_held_against(request, attempt):
        return hash_password(settings, password)


@contextmanager
def _not_held_against(request: Request, attempt: Attempt) -> Iterator[None]:
    try:
        yield
    except Overloaded:
        with transaction(request) as db:
            take_back(db, attempt)
        raise


def find_new_errors(
    settings: PasswordSettings, form: Mapping[str, str], *, owner: Declaration | None
) -> dict[str, Message]:
    """What is wrong with a new password (field `password`), by field.

    Where no script lets it be seen it is typed twice (`again`).
    """
    password = form.get("password", "")
    problem = find_problem(settings, password, owner=owner)
    if problem is not None:
        return {"password": problem}
    if password != form.get("again", password):
        return {"again": Message(N_("The two passwords differ."))}
    return {}
