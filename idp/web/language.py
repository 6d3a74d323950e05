"""Which language a request is answered in, and the link by which a person changes it.

In this order: what the relying party asked for when the sign-in began, what the person chose on a
page, what the browser prefers, Vietnamese. The first two share one cookie, the later of them wins.
"""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse

from idp.web import cookies
from idp.web.forms import Query
from idp.web.links import is_local_return, local_return
from idp.web.messages import LANGUAGES
from idp.web.reply import reply_of

router = APIRouter()


def language_of(request: HTTPConnection) -> str:
    """The language of this request: `vi` or `en`."""
    reply = reply_of(request)
    if not reply.language:
        chosen = request.cookies.get(cookies.CookieNames.of(request).language, "")
        accepted = request.headers.get("accept-language", "")
        reply.language = chosen if chosen in LANGUAGES else _preferred(accepted)
    return reply.language


def apply_ui_locales(request: HTTPConnection, ui_locales: str | None) -> None:
    """Take the first language we speak from `ui_locales` (OIDC Core 3.1.2.1); others are ignored.

    It holds for this browser until it closes or the person chooses another.
    """
    for tag in (ui_locales or "").split():
        language = tag.split("-")[0].lower()
        if language in LANGUAGES:
            reply_of(request).language = language
            cookies.set_language(request, language, is_lasting=False)
            return


def switch_link(request: HTTPConnection) -> str:
    """Where to go to read this page in the other language."""
    other = "en" if language_of(request) == "vi" else "vi"
    path = request.scope.get("raw_path") or b"/"
    query = request.scope.get("query_string", b"")
    here = (path + (b"?" + query if query else b"")).decode("latin-1")
    back = here if is_local_return(here) else "/"
    return f"/language?to={other}&return={quote(back, safe='')}"


@router.get("/language", include_in_schema=False)
async def choose_language(request: Request, query: Query) -> RedirectResponse:
    """Remember the language and go back to the page; an unknown one changes nothing."""
    chosen = query.get("to", "")
    if chosen in LANGUAGES:
        cookies.set_language(request, chosen)
    return RedirectResponse(local_return(query.get("return")), status_code=303)


def _preferred(accept_language: str) -> str:
    """The language we speak that Accept-Language gives the highest weight."""
    best, best_weight = LANGUAGES[0], 0.0
    for item in accept_language.split(",")[:20]:
        tag, _, parameter = item.partition(";")
        language = tag.strip().split("-")[0].lower()
        weight = _weight(parameter)
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0


async def _language(request: Request) -> str:
    return language_of(request)


Language = Annotated[str, Depends(_language)]
"""The language of this request: `vi` or `en`."""
