"""What a refused form leaves for the page that shows it again: errors, and what was entered.

A form is answered 303 whatever was sent, so that going back or reloading never asks to send it
again. The browser carries what is left, sealed for one page of one interaction, until the next
form is answered.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.interactions.models import Interaction
from idp.kit.crypto import DecryptionFailed
from idp.signin.progress import page_url
from idp.web.cookies import CookieNames, set_kept
from idp.web.messages import Message
from idp.web.part import Site

_PURPOSE = "cookie of a refused form"


@dataclass(frozen=True)
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
        "errors": {name: (error.forms, error.values) for name, error in (errors or {}).items()},
        "entered": dict(entered or {}),
        "password_hash": password_hash,
    }
    keyring = Site.of(request).keyring
    text, row = json.dumps(left, ensure_ascii=False), (interaction.id, page)
    sealed = keyring.encrypt(text, purpose=_PURPOSE, row=row)
    set_kept(request, urlsafe_b64encode(sealed).decode())
    return RedirectResponse(page_url(interaction, page), status_code=303)


def read_kept(request: Request, interaction: Interaction, page: str) -> Kept:
    """What was left for that page; empty when nothing was, or for another, or not by us."""
    keyring = Site.of(request).keyring
    try:
        sealed = urlsafe_b64decode(request.cookies.get(CookieNames.of(request).kept, ""))
        left = json.loads(keyring.decrypt(sealed, purpose=_PURPOSE, row=(interaction.id, page)))
    except (ValueError, DecryptionFailed):
        return Kept()
    told = left.pop("errors").items()
    errors = {name: Message(*forms, **values) for name, (forms, values) in told}
    return Kept(errors=errors, **left)
