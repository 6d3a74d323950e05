"""`/adoption/definitions`: what each figure means, and how to count it again; one at a time."""

from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.part import AdoptionPart
from idp.adoption.show import show
from idp.figures.definitions import COMMON_RULES, DEFINITIONS, Definition
from idp.figures.lever_definitions import LEVER_DEFINITIONS
from idp.figures.month_definitions import MONTH_DEFINITIONS
from idp.kit.immutable import immutable
from idp.settings.people import Target
from idp.web.forms import Query
from idp.web.routes import Router

router = Router()


@immutable
class DefinitionsPage:
    """The page: all names, or `one` figure."""

    target: Target
    one: Definition | None = None
    definitions: tuple[Definition, ...] = DEFINITIONS + MONTH_DEFINITIONS + LEVER_DEFINITIONS
    common_rules: tuple[str, ...] = COMMON_RULES


@router.get("/adoption/definitions")
def definitions(request: Request, query: Query) -> Response:
    """The names of all figures and the rules for all; `figure` chooses one by its code."""
    asked = query.get("figure", "")
    page = DefinitionsPage(AdoptionPart.of(request).target)
    one = next((each for each in page.definitions if each.figure == asked), None)
    if one is None:
        return show(request, "adoption/definitions.html", lambda *_: page)
    shown = DefinitionsPage(page.target, one)
    filters = f"figure={one.figure}"
    return show(request, "adoption/definition.html", lambda *_: shown, filters=filters)
