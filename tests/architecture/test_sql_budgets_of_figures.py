"""How many SQL statements the figures of those inside may cost, however many units and days."""

from datetime import date, timedelta

import pytest
from fastapi import FastAPI

from idp.catalogue.models import Tier
from idp.figures.day_sets import DaysRead, set_days_read
from idp.figures.rolling import WINDOWS
from idp.figures.rolling_days import save_rolling
from idp.figures.slice_rows import Dimension, SliceKey
from idp.journal.snapshots import take_snapshot
from idp.kit.db import make_engine, transaction
from idp.mandates.roles import StaffRole
from idp.places.load import load_places
from idp.settings import Settings
from tests.figures.frozen import freeze, of
from tests.support.people import add_agency
from tests.support.staff import BASE, Office, staff_visitor
from tests.support.staff import app as app  # noqa: PLC0414 - fixtures shared with the console
from tests.support.staff import ministry as ministry  # noqa: PLC0414
from tests.support.statements import statements
from tests.support.visitor import Visitor

DAY = date(2026, 11, 29)
_AGENCIES, _DAYS = 40, 3


@pytest.fixture(scope="module")
def counted(app: FastAPI, ministry: Office, module_settings: Settings) -> Office:
    """Three days of figures of many agencies and all provinces, and two frozen months."""
    own, owner = str(ministry.agency_id), make_engine(module_settings.database.owner_url)
    for month in (date(2026, 9, 30), date(2026, 10, 31)):
        freeze(owner, month, {of(Dimension.AGENCY, own, "person", "ACT"): 1_000})
    owner.dispose()
    with transaction(app.state.runtime.engine) as db:
        load_places(db)
        agencies = [ministry.agency_id]
        for number in range(_AGENCIES):
            agency = add_agency(db, code=f"G9{number:02}", tier=Tier.PROVINCE)
            agencies.append(agency.id)
        units = [(Dimension.COUNTRY, "")] + [(Dimension.AGENCY, str(each)) for each in agencies]
        units += [(Dimension.PLACE, code) for code in ("01", "46", "79")]
        for days in range(_DAYS):
            rows = {
                SliceKey(dimension, code, "person", figure, window): 1_000 + days
                for dimension, code in units
                for window in WINDOWS
                for figure in ("ACT", "UNI_USED", "UNI_STRICT", "PART")
            }
            save_rolling(db.connection(), DAY - timedelta(days=days), rows)
        set_days_read(db.connection(), DaysRead(DAY, take_snapshot(db.connection())))
    return ministry


def spent(app: FastAPI, visitor: Visitor, path: str) -> list[str]:
    """The statements of that page, asked for the second time."""
    assert visitor.open(BASE + path).status == 200
    with statements(app.state.runtime.engine) as sent:
        assert visitor.client.get(path).status_code == 200
    return list(sent)


@pytest.mark.parametrize(
    ("path", "budget"),
    [
        ("/console/figures", 10),
        ("/console/figures?window=rolling_30", 10),
        ("/console/figures?by=agencies", 10),
        ("/console/figures?by=agencies&tier=province", 10),
        (f"/console/figures?day={DAY - timedelta(days=1)}", 11),
        ("/console/figures.csv", 6),
    ],
)
def test_the_operators_windows(app: FastAPI, counted: Office, path: str, budget: int) -> None:
    sent = spent(app, staff_visitor(app, StaffRole.OPERATOR), path)
    assert len(sent) <= budget, "\n\n".join(sent)


@pytest.mark.parametrize(
    ("path", "budget"),
    [("/portal/figures", 17), ("/portal/figures.csv", 16), ("/portal/figures?part=services", 17)],
)
def test_an_agencys_own_figures(app: FastAPI, counted: Office, path: str, budget: int) -> None:
    sent = spent(app, staff_visitor(app, StaffRole.AGENCY_OWNER, counted), path)
    assert len(sent) <= budget, "\n\n".join(sent)
