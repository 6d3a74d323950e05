"""What a form leaves for the page it leads to, sealed in a cookie of the browser that sent it.

A form is answered 303, unless it leaves more than a cookie holds, so that going back, reloading and
changing the language never ask to send it again, and lose nothing. What it leaves is for one page
and whoever sent it, until the next form is answered.
"""

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response

from idp.kit.crypto import DecryptionFailed
from idp.web.cookies import CookieNames, set_kept
from idp.web.messages import Message
from idp.web.part import Site

_PURPOSE = "cookie of an answered form"
_LONGEST = 3800
"""Of a cookie browsers carry 4096 bytes, its name and attributes among them."""


def seal(request: HTTPConnection, left: object, *, purpose: str, row: Sequence[object]) -> str:
    """What is left as the value of a cookie, for that row of that purpose alone."""
    squeezed = zlib.compress(json.dumps(left, ensure_ascii=False).encode())
    sealed = Site.of(request).keyring.encrypt_bytes(squeezed, purpose=purpose, row=row)
    return urlsafe_b64encode(sealed).decode()


def unseal(request: HTTPConnection, value: str, *, purpose: str, row: Sequence[object]) -> Any:
    """What `seal` made that value of; None for nothing, for another row's and a made-up one."""
    if not value:
        return None
    try:
        sealed = urlsafe_b64decode(value)
        squeezed = Site.of(request).keyring.decrypt_bytes(sealed, purpose=purpose, row=row)
        return json.loads(zlib.decompress(squeezed))
    except (ValueError, zlib.error, DecryptionFailed):
        return None


def packed(message: Message) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The sentence as JSON has it; in no language yet."""
    return message.forms, message.values


def unpacked(told: Sequence[Any]) -> Message:
    """What `packed` was given."""
    forms, values = told
    return Message(*forms, **values)


def packed_errors(errors: Mapping[str, Message]) -> dict[str, Any]:
    """What is wrong, by field, as a form leaves it among the rest."""
    return {"errors": {str(name): packed(error) for name, error in errors.items()}}


def errors_in(left: Mapping[str, Any]) -> dict[str, Message]:
    """What of that the last form left."""
    return {name: unpacked(told) for name, told in left.get("errors", {}).items()}


def leave(request: Request, path: str, left: Mapping[str, Any], *, whose: UUID) -> Response:
    """Go to that page, which `read_left` then tells what is left; nothing of more than fits.

    `whose` session it is: nobody else who comes to this browser reads it.
    """
    fits = leave_if_it_fits(request, path, left, whose=whose)
    return fits or RedirectResponse(path, status_code=303)


def leave_if_it_fits(
    request: Request, path: str, left: Mapping[str, Any], *, whose: UUID
) -> Response | None:
    """As `leave`, of what may be long: None for more than a browser carries.

    The form is then answered with the page itself. `path` may have a query.
    """
    value = seal(request, left, purpose=_PURPOSE, row=(whose, path.partition("?")[0]))
    if len(value) > _LONGEST:
        return None
    set_kept(request, value)
    return RedirectResponse(path, status_code=303)


def read_left(request: Request, *, whose: UUID) -> dict[str, Any]:
    """What the last form left for this page; empty for none."""
    value = request.cookies.get(CookieNames.of(request).kept, "")
    left = unseal(request, value, purpose=_PURPOSE, row=(whose, request.url.path))
    return left or {}
