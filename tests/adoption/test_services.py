"""A service and a system have pages of their own; who is not on the ladder's rungs yet is named."""

import re
from collections.abc import Mapping
from datetime import date
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.catalogue.models import InformationSystem, PublicService
from idp.figures.slice_rows import Dimension, SliceKey
from tests.adoption.test_places import read
from tests.figures.frozen import close_days, freeze, of
from tests.support.people import add_agency

OLD, NEW = date(2026, 9, 30), date(2026, 10, 31)


@pytest.fixture
def ids(owner: Engine) -> Mapping[str, str]:
    """A system with two services of level 4, one of them used in two months."""
    with Session(owner) as db, db.begin():
        close_days(db, date(2026, 10, 1), NEW)
        agency = add_agency(db, code="G01")
        system = InformationSystem(
            code="G01.PORTAL", agency_id=agency.id, name_vi="Cổng", name_en="Portal"
        )
        db.add(system)
        db.flush()
        services = [
            PublicService(
                procedure_code=code,
                agency_id=agency.id,
                system_id=system.id,
                name_vi=name,
                name_en=name,
                level=4,
                level_valid_on=date(2020, 1, 1),
            )
            for code, name in (("1.000001", "Passport"), ("1.000002", "Licence"))
        ]
        db.add_all(services)
        db.flush()
        found = {"agency": str(agency.id), "system": str(system.id), "used": str(services[0].id)}
    for day, users in ((OLD, 480), (NEW, 503)):
        freeze(owner, day, rows(found, users))
    return found


def rows(ids: Mapping[str, str], users: int) -> dict[SliceKey, int]:
    found: dict[SliceKey, int] = {}
    for dimension, code in ((Dimension.AGENCY, ids["agency"]), (Dimension.SERVICE, ids["used"])):
        found |= {
            of(dimension, code, "person", "ACT"): users,
            of(dimension, code, "person", "UNI_USED"): users // 2,
            of(dimension, code, "sign_in", "BEGUN", "months_1"): 100,
            of(dimension, code, "sign_in", "SUCCESS", "months_1"): 80,
            of(dimension, code, "sign_in", "ABANDONED", "months_1"): 20,
        }
    return found


@pytest.mark.usefixtures("ids")
def test_a_service_is_told_month_by_month_as_its_agency_is(browser: TestClient) -> None:
    text = read(browser, "/adoption/services/1.000001")
    assert "505 proven people signed in at the level. Of them, 49% use both" in text
    assert "10/2026 505 49% 100 80% 09/2026 480 50% 100 80%" in text
    assert "10/2026 505 49% 100 80% 09/2026 480 50%" in read(browser, "/adoption/agencies/G01")
    assert "480 proven people" in read(browser, "/adoption/services/1.000001?month=2026-09")


def test_beside_few_the_same_is_starred_on_its_page_and_its_agencys(
    browser: TestClient, owner: Engine, ids: Mapping[str, str]
) -> None:
    """Those of agencies below stand in other sums, so that none of theirs is starred for it."""
    with Session(owner) as db, db.begin():
        below = add_agency(db, code="G01.01")
        below.parent_id = UUID(ids["agency"])
        services = [
            PublicService(
                procedure_code=f"2.00000{number}",
                agency_id=UUID(ids["agency"]) if number < 3 else below.id,
                name_vi=name,
                name_en=name,
                level=4,
                level_valid_on=date(2020, 1, 1),
            )
            for number, name in enumerate(("Few", "Next", "Many", "Below"))
        ]
        db.add_all(services)
        db.flush()
        codes = [str(service.id) for service in services]
    ended = {
        of(Dimension.SERVICE, code, "sign_in", figure, "months_1"): begun
        for code, begun in zip(codes, (5, 20, 300, 12), strict=True)
        for figure in ("BEGUN", "SUCCESS")
    }
    freeze(owner, NEW, {**rows(ids, 503), **ended}, "found late")
    page = read(browser, "/adoption/agencies/G01")
    starred = [name for name in ("Few", "Next", "Many") if f"{name} * * * *" in page]
    assert starred == ["Few", "Next"]
    for number, begun in enumerate(("*", "*", "300")):
        text = read(browser, f"/adoption/services/2.00000{number}")
        assert f"10/2026 * * {begun} " in text
        assert "signed in at the level: fewer than 10. How many of them use both" in text


@pytest.mark.usefixtures("ids")
def test_one_that_nobody_used_says_how_far_it_is(browser: TestClient) -> None:
    text = read(browser, "/adoption/services/1.000002")
    assert "Nobody used it through this sign-in." in text
    assert "Level-4 service, by the registry of today: Not declared yet." in text


@pytest.mark.usefixtures("ids")
def test_a_system_has_its_services(browser: TestClient) -> None:
    text = read(browser, "/adoption/systems/G01.PORTAL")
    assert "Passport 505 49% 100 80%" in text
    assert "Licence" not in text


@pytest.mark.usefixtures("ids")
def test_services_that_are_not_there_yet_are_named_with_their_owners(browser: TestClient) -> None:
    text = read(browser, "/adoption/services")
    assert "In use through this sign-in: 0 of 2. Not yet: 2" in text
    assert re.search(r"Passport 1\.000001 .+ Not declared yet Licence 1\.000002", text)


@pytest.mark.usefixtures("ids")
@pytest.mark.parametrize(
    "path", ["services/9.999999", "systems/G99", "services/1.000001?month=2020-01"]
)
def test_what_there_is_not_is_not_found(browser: TestClient, path: str) -> None:
    assert browser.get(f"/adoption/{path}").status_code == 404


def test_before_a_day_was_closed_no_service_is_behind(browser: TestClient) -> None:
    assert "The registry holds no level-4 service yet." in read(browser, "/adoption/services")
