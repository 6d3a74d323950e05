"""What a refused form leaves for the page that shows it again: errors, and what was entered.

A form is answered 303 whatever was sent, so that going back or reloading never asks to send it
again. The browser carries what is left, sealed for one page of one interaction, until the next
form is answered.
"""

from collections.abc import Mapping
from dataclasses import field

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.interactions.models import Interaction
from idp.kit.immutable import immutable
from idp.signin.progress import page_url
from idp.web.cookies import CookieNames, set_kept
from idp.web.kept import errors_in, packed_errors, seal, unseal
from idp.web.messages import Message

_PURPOSE = "cookie of a refused form"


@immutable
class Kept:
    """Errors by field, and what was entered; of a password only its hash."""

    errors: dict[str, Message] = field(default_factory=dict)
    entered: dict[str, str] = field(default_factory=dict, repr=False)
    password_hash: str = field(default="", repr=False)


def go_back_to(
    request: Request,
    interaction: Interaction,
    page: str,
    *,
    errors: Mapping[str, Message] | None = None,
    entered: Mapping[str, str] | None = None,
    password_hash: str = "",
) -> Response:
    """Send the browser to a page that says what is wrong; `entered` never holds a secret."""
    left = {
        **packed_errors(errors or {}),
        "entered": dict(entered or {}),
        "password_hash": password_hash,
    }
    set_kept(request, seal(request, left, purpose=_PURPOSE, row=(interaction.id, page)))
    return RedirectResponse(page_url(interaction, page), status_code=303)


def read_kept(request: Request, interaction: Interaction, page: str) -> Kept:
    """What was left for that page; empty when nothing was, or for another, or not by us."""
    value = request.cookies.get(CookieNames.of(request).kept, "")
    left = unseal(request, value, purpose=_PURPOSE, row=(interaction.id, page))
    if left is None:
        return Kept()
    errors = errors_in(left)
    left.pop("errors")
    return Kept(errors=errors, **left)
