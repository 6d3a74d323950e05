"""The number that a browser was asked to remember: in a sealed cookie, shown by its last digits.

Only whoever ticks the box is remembered, so a shared machine remembers nobody unasked; "Not you?"
forgets. It opens nothing: it says who is about to sign in, and proves nothing of it.
"""

from dataclasses import asdict, field, replace

from starlette.requests import Request

from idp.interactions.models import Interaction
from idp.kit.immutable import immutable
from idp.people.identifiers import hashes_of
from idp.signin.visit import typed_number
from idp.web.browser import browser_id
from idp.web.cookies import CookieNames, clear_remembered, set_remembered
from idp.web.kept import seal, unseal
from idp.web.part import Site

_PURPOSE = "cookie of a remembered number"
_DIGITS = 12
"""Of a number; a claim to one has more."""


@immutable
class Remembered:
    """Whose browser it is; `has_code`: they showed a one-time code here after their password."""

    number: str = field(repr=False)
    has_code: bool = False


def find_remembered(request: Request) -> Remembered | None:
    """What this browser remembers; None for nothing, and for what another browser was given."""
    value = request.cookies.get(CookieNames.of(request).remembered, "")
    left = unseal(request, value, purpose=_PURPOSE, row=(browser_id(request),))
    return Remembered(**left) if left else None


def find_remembered_in(request: Request, interaction: Interaction) -> Remembered | None:
    """The same, if it is who signs in here."""
    found = find_remembered(request)
    if found is None or interaction.identifier_hash is None:
        return None
    is_theirs = interaction.identifier_hash in hashes_of(Site.of(request).keyring, found.number)
    return found if is_theirs else None


def remember_number(request: Request, interaction: Interaction) -> None:
    """Remember who has just signed in by a number that is theirs; a claim to one is soon over."""
    number = typed_number(request, interaction)
    if len(number) == _DIGITS:
        _write(request, Remembered(number))


def remember_code(request: Request, interaction: Interaction) -> None:
    """Remember of who is remembered that they have an app, and so are asked for both at once."""
    found = find_remembered_in(request, interaction)
    if found is not None and not found.has_code:
        _write(request, replace(found, has_code=True))


def forget_number(request: Request) -> None:
    """Remember nobody."""
    clear_remembered(request)


def _write(request: Request, remembered: Remembered) -> None:
    left = asdict(remembered)
    set_remembered(request, seal(request, left, purpose=_PURPOSE, row=(browser_id(request),)))
