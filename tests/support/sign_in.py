"""Walking through the sign-in pages as a person does."""

import time

from tests.support.country import Citizen
from tests.support.visitor import Page, Visitor

_used: dict[str, str] = {}


def fresh_code(citizen: Citizen) -> str:
    """A one-time code that was not used before: the next step's when this step's is spent."""
    for steps_ahead in (0, 1):
        code = citizen.code(steps_ahead=steps_ahead)
        if _used.get(citizen.number, "") < _key(steps_ahead):
            _used[citizen.number] = _key(steps_ahead)
            return code
    time.sleep(30 - time.time() % 30)
    return fresh_code(citizen)


def _key(steps_ahead: int) -> str:
    return f"{int(time.time()) // 30 + steps_ahead:012d}"


def sign_in(visitor: Visitor, page: Page, citizen: Citizen) -> Page:
    """From the identifier page through every factor asked for; the page after."""
    page = visitor.submit(page, {"identifier": citizen.number})
    page = visitor.submit(page, {"password": citizen.password})
    if page.path.endswith("/otp"):
        page = visitor.submit(page, {"otp": fresh_code(citizen)})
    return page


def agree(visitor: Visitor, page: Page) -> Page:
    """Press the button of the consent page."""
    assert page.path.endswith("/consent"), (page.url, page.text[:500])
    return visitor.submit(page, {}, button="consent-allow")
