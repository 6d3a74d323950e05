"""Which language a request is answered in, and the links by which a person changes it.

In this order: what the relying party asked for when the sign-in began, what the person chose on a
page, what the browser prefers, the default. The first two share one cookie, the later of them wins.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote

from babel import negotiate_locale
from starlette.requests import HTTPConnection

from idp.kit.languages import DEFAULT, LANGUAGES, Language
from idp.web import cookies
from idp.web.links import is_local_return
from idp.web.reply import reply_of

_RANGE = re.compile(r"(?:^|,)\s*([\w-]+)\s*(?:;\s*q=([01](?:\.\d{1,3})?))?\s*(?=,|$)")
"""A language and its weight in Accept-Language (RFC 9110 section 12.5.4)."""
_LONGEST = 200
"""Characters of Accept-Language that are read; browsers send far fewer."""


def language_of(request: HTTPConnection) -> str:
    """The code of this request's language."""
    reply = reply_of(request)
    if not reply.language:
        chosen = request.cookies.get(cookies.CookieNames.of(request).language, "")
        accepted = request.headers.get("accept-language", "")
        reply.language = chosen if chosen in LANGUAGES else _preferred(accepted[:_LONGEST])
    return reply.language


def product_of(request: HTTPConnection) -> str:
    """What this service is called in the request's language."""
    return LANGUAGES[language_of(request)].product


def apply_ui_locales(request: HTTPConnection, ui_locales: str | None) -> None:
    """Take the first language we speak from `ui_locales` (OIDC Core 3.1.2.1); others are ignored.

    It holds for this browser until it closes or the person chooses another.
    """
    language = _spoken((ui_locales or "").split())
    if language:
        reply_of(request).language = language
        cookies.set_language(request, language, is_lasting=False)


def language_links(request: HTTPConnection) -> list[tuple[Language, str]]:
    """The other languages, and where to go to read this page in each.

    None on what a form was answered with: it is shown once, and would be lost on the way.
    """
    if request.scope.get("method", "GET") not in ("GET", "HEAD"):
        return []
    path = request.scope.get("raw_path") or b"/"
    query = request.scope.get("query_string", b"")
    here = (path + (b"?" + query if query else b"")).decode("latin-1")
    back = quote(here if is_local_return(here) else "/", safe="")
    present = language_of(request)
    others = [language for language in LANGUAGES.values() if language.code != present]
    return [(language, f"/language?to={language.code}&return={back}") for language in others]


@lru_cache(256)
def _preferred(accept_language: str) -> str:
    """The language we speak that Accept-Language gives the highest weight.

    Babel takes the first we speak from tags in order; the weights that order them are read here,
    because neither Babel nor Starlette reads this header. Browsers send few different ones.
    """
    weighed = [(float(weight or 1), tag) for tag, weight in _RANGE.findall(accept_language)]
    weighed.sort(key=lambda each: -each[0])
    return _spoken([tag for weight, tag in weighed if weight]) or DEFAULT


def _spoken(tags: Sequence[str]) -> str:
    """The first of these language tags, or its parent, that we speak; empty for none."""
    return (negotiate_locale(tags, LANGUAGES, sep="-") or "").lower()
