"""The route by which a person chooses the language; what it is then: `web.language`."""

from starlette.requests import Request
from starlette.responses import RedirectResponse

from idp.kit.languages import LANGUAGES
from idp.web import cookies
from idp.web.forms import Query
from idp.web.links import local_return
from idp.web.routes import Router

router = Router()


@router.get("/language", include_in_schema=False)
async def choose_language(request: Request, query: Query) -> RedirectResponse:
    """Remember the language and go back to the page; an unknown one changes nothing."""
    chosen = query.get("to", "")
    if chosen in LANGUAGES:
        cookies.set_language(request, chosen)
    return RedirectResponse(local_return(query.get("return")), status_code=303)
