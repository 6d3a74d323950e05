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
RULES = "rules"
EVERY = DEFINITIONS + MONTH_DEFINITIONS + LEVER_DEFINITIONS


@immutable
class DefinitionsPage:
    """The page: all names, or `one` figure."""

    target: Target
    one: Definition | None = None
    definitions: tuple[Definition, ...] = EVERY
    common_rules: tuple[str, ...] = COMMON_RULES


def find_definition(figure: str) -> Definition | None:
    """What says that figure, by its own name or as one of several; None for a name of none."""
    return next((each for each in EVERY if figure in (each.figure, *each.names)), None)


@router.get("/adoption/definitions")
def definitions(request: Request, query: Query) -> Response:
    """The names of all figures; `figure` chooses one by its code, or the rules for all."""
    asked = query.get("figure", "")
    page = DefinitionsPage(AdoptionPart.of(request).target)
    if asked == RULES:
        return show(request, "adoption/rules.html", lambda *_: page, filters=f"figure={RULES}")
    one = find_definition(asked)
    if one is None:
        return show(request, "adoption/definitions.html", lambda *_: page)
    shown = DefinitionsPage(page.target, one)
    filters = f"figure={asked}"
    return show(request, "adoption/definition.html", lambda *_: shown, filters=filters)
