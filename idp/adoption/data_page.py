"""`/adoption/data`: every file there is to take, and what its columns mean."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.actions_file import ACTIONS
from idp.adoption.agencies_file import AGENCIES
from idp.adoption.export import ALL_FIGURES
from idp.adoption.files import KINDS, Table
from idp.adoption.part import AdoptionPart
from idp.adoption.places_file import PLACES
from idp.adoption.show import show
from idp.settings.people import Target
from idp.web.routes import Router

router = Router()

TABLES = (PLACES, AGENCIES, ACTIONS, ALL_FIGURES)


@dataclass(frozen=True)
class DataPage:
    """The page."""

    target: Target
    tables: tuple[Table, ...] = TABLES
    kinds: tuple[str, ...] = KINDS


@router.get("/adoption/data")
def data(request: Request) -> Response:
    """The files and the data dictionary."""
    target = AdoptionPart.of(request).target
    return show(request, "adoption/data.html", lambda *_: DataPage(target))
