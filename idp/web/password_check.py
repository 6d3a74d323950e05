"""Checking a password that a person typed, between two transactions."""

from starlette.requests import Request

from idp.kit import clock
from idp.kit.errors import Overloaded
from idp.people import throttle
from idp.people.passwords import Verification, verify_password
from idp.people.throttle import Counters
from idp.settings.people import PasswordSettings
from idp.web.db import transaction


def check_password(
    request: Request,
    settings: PasswordSettings,
    password: str,
    *,
    stored: str | None,
    counters: Counters,
) -> Verification:
    """Hash, holding no connection; `stored` is None for an account that is not there.

    The attempt is counted already. Raises Overloaded when there was no time to hash: then it is
    not held against anyone.
    """
    try:
        return verify_password(settings, password, stored)
    except Overloaded:
        with transaction(request) as db:
            throttle.take_back(db, counters=counters, at=clock.now())
        raise
