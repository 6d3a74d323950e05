"""`/adoption/definitions`: what each figure means, and how to count it again."""

from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.part import AdoptionPart
from idp.adoption.show import show
from idp.figures.definitions import COMMON_RULES, DEFINITIONS, Definition
from idp.figures.lever_definitions import LEVER_DEFINITIONS
from idp.figures.month_definitions import MONTH_DEFINITIONS
from idp.kit.immutable import immutable
from idp.settings.people import Target
from idp.web.routes import Router

router = Router()


@immutable
class DefinitionsPage:
    """The page."""

    target: Target
    definitions: tuple[Definition, ...] = DEFINITIONS + MONTH_DEFINITIONS + LEVER_DEFINITIONS
    common_rules: tuple[str, ...] = COMMON_RULES


@router.get("/adoption/definitions")
def definitions(request: Request) -> Response:
    """The definitions."""
    target = AdoptionPart.of(request).target
    return show(request, "adoption/definitions.html", lambda *_: DefinitionsPage(target))
