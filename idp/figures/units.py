"""The units that answer for agencies: provinces and ministries."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.engine import Connection

from idp.catalogue.models import Agency, Tier
from idp.figures.score import UnitKind
from idp.figures.slice_rows import Dimension
from idp.kit.db import table_of
from idp.places.crosswalk import Crosswalk

UnitKey = tuple[UnitKind, str]
"""Kind and code: a province's code, a ministry's id."""
DIMENSION_OF = {UnitKind.MINISTRY: Dimension.MINISTRY, UnitKind.PROVINCE: Dimension.PLACE}
"""By what their figures are cut in frozen months."""


def tops(connection: Connection) -> Iterator[tuple[UUID, Row[Any]]]:
    """Each agency with the one at the top of its tree, which may be itself."""
    agencies = {row.id: row for row in connection.execute(select(table_of(Agency))).all()}
    for id_, row in agencies.items():
        top = row
        while top.parent_id in agencies:
            top = agencies[top.parent_id]
        yield id_, top


def units(connection: Connection) -> Iterator[tuple[UUID, UnitKey]]:
    """Each agency with its unit: the ministry above it, or the province as it is today."""
    crosswalk = Crosswalk.read(connection)
    for id_, top in tops(connection):
        if top.tier == Tier.CENTRAL:
            yield id_, (UnitKind.MINISTRY, str(top.id))
        elif place := top.place_code and crosswalk.find(top.place_code, top.valid_on):
            yield id_, (UnitKind.PROVINCE, crosswalk.now(place).code)
