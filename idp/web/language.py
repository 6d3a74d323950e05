"""Which language a request is answered in, and the links by which a person changes it.

In this order: what the relying party asked for when the sign-in began, what the person chose on a
page, what the browser prefers, the default. The first two share one cookie, the later of them wins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from babel import negotiate_locale
from fastapi import APIRouter
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse

from idp.kit.languages import DEFAULT, LANGUAGES, Language
from idp.web import cookies
from idp.web.forms import Query
from idp.web.links import is_local_return, local_return
from idp.web.reply import reply_of

_LONGEST = 200
"""Characters of Accept-Language that are read; browsers send far fewer."""

router = APIRouter()


@dataclass(frozen=True)
class LanguageLink:
    """Leads to the same page in another language."""

    language: Language
    href: str


def language_of(request: HTTPConnection) -> str:
    """The code of this request's language."""
    reply = reply_of(request)
    if not reply.language:
        chosen = request.cookies.get(cookies.CookieNames.of(request).language, "")
        accepted = request.headers.get("accept-language", "")
        reply.language = chosen if chosen in LANGUAGES else _preferred(accepted[:_LONGEST])
    return reply.language


def apply_ui_locales(request: HTTPConnection, ui_locales: str | None) -> None:
    """Take the first language we speak from `ui_locales` (OIDC Core 3.1.2.1); others are ignored.

    It holds for this browser until it closes or the person chooses another.
    """
    language = _spoken((ui_locales or "").split())
    if language:
        reply_of(request).language = language
        cookies.set_language(request, language, is_lasting=False)


def language_links(request: HTTPConnection) -> tuple[LanguageLink, ...]:
    """Where to go to read this page in each of the other languages."""
    path = request.scope.get("raw_path") or b"/"
    query = request.scope.get("query_string", b"")
    here = (path + (b"?" + query if query else b"")).decode("latin-1")
    back = quote(here if is_local_return(here) else "/", safe="")
    present = language_of(request)
    return tuple(
        LanguageLink(language, f"/language?to={code}&return={back}")
        for code, language in LANGUAGES.items()
        if code != present
    )


@router.get("/language", include_in_schema=False)
async def choose_language(request: Request, query: Query) -> RedirectResponse:
    """Remember the language and go back to the page; an unknown one changes nothing."""
    chosen = query.get("to", "")
    if chosen in LANGUAGES:
        cookies.set_language(request, chosen)
    return RedirectResponse(local_return(query.get("return")), status_code=303)


@lru_cache(256)
def _preferred(accept_language: str) -> str:
    """The language we speak that Accept-Language gives the highest weight.

    Babel takes the first we speak from tags in order; the weights that order them are read here,
    because neither Babel nor Starlette reads this header. Browsers send few different ones.
    """
    weighed = [_weighed(item) for item in accept_language.split(",")]
    by_weight = sorted((one for one in weighed if one[0] > 0), key=lambda one: -one[0])
    return _spoken([tag for _, tag in by_weight]) or DEFAULT


def _weighed(item: str) -> tuple[float, str]:
    tag, _, parameter = item.partition(";")
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0, tag.strip()
    except ValueError:
        return 0.0, ""


def _spoken(tags: Sequence[str]) -> str:
    """The first of these language tags, or its parent, that we speak; empty for none."""
    return (negotiate_locale(tags, LANGUAGES, sep="-") or "").lower()
