"""`/adoption/data`: every file there is to take, and what its columns mean."""

from collections.abc import Mapping

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.actions_file import ACTIONS
from idp.adoption.agencies_file import AGENCIES
from idp.adoption.businesses_page import BUSINESSES
from idp.adoption.catalogue import CATALOGUE, DICTIONARY, LICENCE
from idp.adoption.export import ALL_FIGURES
from idp.adoption.files import Table
from idp.adoption.open_data import address_of
from idp.adoption.part import AdoptionPart
from idp.adoption.places_file import PLACES
from idp.adoption.report.make import MEDIA_TYPES
from idp.adoption.show import show
from idp.figures.frozen import FrozenMonth
from idp.figures.open_tables import TABLES, OpenTable
from idp.figures.slices import list_freezes
from idp.kit.immutable import immutable
from idp.kit.tables.written import KINDS
from idp.settings.people import Target
from idp.web.routes import Router

router = Router()

_SHOWN = 6
"""Versions; the catalogue has all."""


@immutable
class DataPage:
    """The page; `versions` of months, the newest first."""

    target: Target
    versions: tuple[FrozenMonth, ...]
    tables: tuple[Table, ...] = (PLACES, AGENCIES, BUSINESSES, ACTIONS, ALL_FIGURES)
    kinds: tuple[str, ...] = KINDS
    papers: tuple[str, ...] = tuple(MEDIA_TYPES)
    catalogue: str = CATALOGUE
    dictionary: str = DICTIONARY
    licence: str = LICENCE

    @property
    def open_tables(self) -> Mapping[str, OpenTable]:
        """The tables of open data, by their names."""
        return TABLES

    def address(self, month: FrozenMonth, file: str) -> str:
        """Of a file of that version."""
        return address_of(month, file)


@router.get("/adoption/data")
def data(request: Request) -> Response:
    """The files and the data dictionary."""

    def make(db: Session, part: AdoptionPart) -> DataPage:
        return DataPage(part.target, tuple(list_freezes(db)[::-1][:_SHOWN]))

    return show(request, "adoption/data.html", make)
