"""Only our own pages, in the same browser, may post our forms.

Two checks: a token that is a keyed hash of the browser's random id, and what the browser says about
where the request came from (Sec-Fetch-Site). Origin is not compared: under `Referrer-Policy:
no-referrer` browsers send `Origin: null` for our own forms too.
"""

import hmac
from typing import Annotated
from unicodedata import normalize

from fastapi import Depends
from markupsafe import Markup
from starlette.requests import HTTPConnection, Request

from idp.kit.secrets import base64url
from idp.web.browser import browser_id, has_cookies
from idp.web.forms import Form
from idp.web.messages import N_
from idp.web.part import Site
from idp.web.refusals import RequestRefused

FIELD = "csrf_token"
NEEDS_COOKIES = N_(
    "This address needs cookies, and your browser sent none: they are blocked, or were cleared. "
    "Allow cookies for this address, then start again where you came from."
)
_OWN_SITES = ("same-origin", "none")


def csrf_token(request: HTTPConnection) -> str:
    """The token that forms shown to this browser carry."""
    key = Site.of(request).csrf_key
    return base64url(hmac.digest(key, browser_id(request).encode(), "sha256"))


def csrf_field(request: HTTPConnection) -> Markup:
    """A hidden field with the token, which templates write into every form."""
    token = csrf_token(request)  # base64url: nothing to escape
    return Markup(f'<input type="hidden" name="{FIELD}" value="{token}">')  # noqa: S704


def check_own(request: Request, form: dict[str, str]) -> dict[str, str]:
    """The fields without the token, in NFC; the token is taken out of `form`.

    Raises RequestRefused: 403 for a form from elsewhere.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    sent = form.pop(FIELD, "").encode()
    if site not in _OWN_SITES or not hmac.compare_digest(sent, csrf_token(request).encode()):
        raise RequestRefused(
            403,
            N_("This form is no longer valid. Go back, reload the page and send it again.")
            if has_cookies(request)
            else NEEDS_COOKIES,
            detail=f"CSRF: Sec-Fetch-Site {site!r}, token {'present' if sent else 'missing'}",
        )
    return {name: normalize("NFC", value) for name, value in form.items()}


async def _own_form(request: Request, form: Form) -> dict[str, str]:
    form = check_own(request, form)
    request.scope.setdefault("state", {})["own_form"] = form
    return form


def own_form(request: HTTPConnection) -> dict[str, str]:
    """The fields that `OwnForm` took from this request; empty for one without."""
    form: dict[str, str] = request.scope.get("state", {}).get("own_form", {})
    return form


OwnForm = Annotated[dict[str, str], Depends(_own_form)]
"""The fields of a form that one of our pages showed to this browser, without the token.

What people type is in NFC, so that one name is stored and found in one spelling; protocol endpoints
take their fields as they were sent. Raises RequestRefused: 403 from elsewhere, and what
`forms.read_form` raises.
"""
