"""What an action came to, said once by the page it leads to: a status message.

It says what happened, what that means, and where to go on or undo it. It stands there, when the
page is reloaded or read in the other language, too, until another page is opened.
"""

from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response

from idp.kit.immutable import immutable
from idp.web.browser import browser_id
from idp.web.cookies import CookieNames, clear_kept, clear_told, set_told
from idp.web.kept import packed, seal, unpacked, unseal
from idp.web.messages import Message

_PURPOSE = "cookie of a status message"


@immutable
class Told:
    """A status message; `onward` is the text and address of a link."""

    what: Message
    meaning: Message | None = None
    onward: tuple[Message, str] | None = None
    is_done: bool = True
    """Whether something was done."""


def go_and_tell(
    request: Request,
    path: str,
    what: Message,
    *,
    meaning: Message | None = None,
    onward: tuple[Message, str] | None = None,
    is_done: bool = True,
) -> Response:
    """Answer a form with a page that says what it did, or why nothing; `path` is one of ours."""
    clear_kept(request)
    tell(request, path, Told(what, meaning, onward, is_done=is_done))
    return RedirectResponse(path, status_code=303)


def tell(request: Request, path: str, told: Told) -> None:
    """Have that page say it, whoever leads there; `path` is one of ours."""
    left = [
        packed(told.what),
        packed(told.meaning) if told.meaning else None,
        (packed(told.onward[0]), told.onward[1]) if told.onward else None,
        told.is_done,
    ]
    set_told(request, seal(request, left, purpose=_PURPOSE, row=(browser_id(request), path)))


def read_told(request: HTTPConnection) -> Told | None:
    """What this page has to say first; what was for another is over."""
    value = request.cookies.get(CookieNames.of(request).told, "")
    if not value:
        return None
    row = (browser_id(request), request.url.path)
    left = unseal(request, value, purpose=_PURPOSE, row=row)
    if left is None:
        clear_told(request)
        return None
    what, meaning, onward, is_done = left
    return Told(
        unpacked(what),
        unpacked(meaning) if meaning else None,
        (unpacked(onward[0]), onward[1]) if onward else None,
        is_done,
    )
