"""`/adoption/data`: every file there is to take; what the columns of one mean."""

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
from idp.adoption.groups_page import FILE as GROUPS
from idp.adoption.open_data import address_of
from idp.adoption.part import AdoptionPart
from idp.adoption.places_file import PLACES
from idp.adoption.report.make import MEDIA_TYPES
from idp.adoption.show import show
from idp.figures.frozen import FrozenMonth
from idp.figures.open_rows import OpenTable
from idp.figures.open_tables import TABLES
from idp.figures.slices import list_freezes
from idp.kit.immutable import immutable
from idp.kit.tables.written import KINDS
from idp.settings.people import Target
from idp.web.forms import Query, read_page
from idp.web.paging import Leaf, cut
from idp.web.routes import Router

router = Router()

_TABLES = (PLACES, AGENCIES, BUSINESSES, GROUPS, ACTIONS, ALL_FIGURES)
_ON_A_PAGE = 2
"""Versions."""


@immutable
class DataPage:
    """The page; `leaf`: versions of months, the newest first."""

    target: Target
    leaf: Leaf[FrozenMonth]
    tables: tuple[Table, ...] = _TABLES
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


@immutable
class ColumnsPage:
    """One table; `columns`: name → what it means, in English."""

    target: Target
    title: str
    columns: Mapping[str, str]
    path: str
    """Of its files, without an ending; empty: open data, whose files are of a version each."""
    kinds: tuple[str, ...] = KINDS


@router.get("/adoption/data")
def data(request: Request, query: Query) -> Response:
    """The files, `page` of the versions; `table` chooses one whose columns are explained."""
    asked, target = query.get("table", ""), AdoptionPart.of(request).target
    named: dict[str, Table | OpenTable] = {**TABLES, **{each.name: each for each in _TABLES}}
    if table := named.get(asked):
        path = table.path if isinstance(table, Table) else ""
        columns = ColumnsPage(target, table.title, table.columns, path)
        return show(request, "adoption/columns.html", lambda *_: columns, filters=f"table={asked}")

    def make(db: Session, part: AdoptionPart) -> DataPage:
        return DataPage(part.target, cut(list_freezes(db)[::-1], query, most=_ON_A_PAGE))

    page = read_page(query.get("page", ""))
    filters = f"page={page}" if page > 1 else ""
    return show(request, "adoption/data.html", make, filters=filters)
