"""The scores of provinces and ministries, from a frozen month and the registry."""

import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import partial
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.adoption.scores import ScoresPage
from idp.catalogue.models import Agency, InformationSystem, LoginState, PublicService, Tier
from idp.figures.score import NotMeasurable, Share, UnitKind
from idp.figures.slice_rows import Dimension
from idp.figures.slices import read_month
from idp.figures.unit_measures import Asked, Unit, _of_people, read_units, rise
from idp.places.load import load_places
from idp.settings import Settings
from idp.settings.people import Target
from idp.web.paging import Leaf
from idp.web.routes import room_router
from tests.figures.frozen import freeze, of, place
from tests.support.app import room_app
from tests.support.weight import HEAD, LATER, on_the_wire

TARGET = Target(percent=20)
ASKED = Asked(TARGET, date(2026, 12, 31))
OCTOBER, JULY = date(2026, 10, 31), date(2026, 7, 31)


def agency(db: Session, code: str, tier: Tier, **more: object) -> UUID:
    made = Agency(
        code=code,
        tier=tier,
        name_vi=f"Cơ quan {code}",
        name_en=f"Agency {code}",
        valid_on=date(2026, 1, 1),
        **more,  # type: ignore[arg-type]
    )
    db.add(made)
    db.flush()
    return made.id


@pytest.fixture
def frozen(owner: Engine) -> Mapping[str, UUID]:
    """A ministry with an agency below, Đà Nẵng (48) with a commune; two frozen months."""
    with Session(owner) as db, db.begin():
        load_places(db)
        ministry = agency(db, "G01", Tier.CENTRAL)
        below = agency(db, "G01.1", Tier.CENTRAL, parent_id=ministry)
        city = agency(db, "H17", Tier.PROVINCE, place_code="48")
        commune = agency(db, "H17.101", Tier.COMMUNE, parent_id=city, place_code="48")
        for number, (owner_id, is_declared) in enumerate(
            [(below, True), (commune, True), (city, False)]
        ):
            db.add(
                PublicService(
                    procedure_code=f"1.00000{number}",
                    agency_id=owner_id,
                    level=4,
                    level_valid_on=date(2026, 1, 1),
                    name_vi="Dịch vụ",
                    name_en="Service",
                    declared_login=is_declared,
                )
            )
        for number, state in enumerate([LoginState.EXCLUSIVE, LoginState.BESIDE, LoginState.NONE]):
            db.add(
                InformationSystem(
                    code=f"s{number}",
                    agency_id=commune,
                    name_vi="Hệ",
                    name_en="S",
                    login_state=state,
                )
            )
    of_ministry = partial(of, Dimension.MINISTRY, str(ministry), "person")
    for month_on, used in ((JULY, 100), (OCTOBER, 130)):
        of_city = {"UNI_USED": used, "SUCCEEDED": 900, "BEGAN": 1000, "POP": 1000}
        rows = {place("48", figure): value for figure, value in of_city.items()}
        rows |= {place("01", "UNI_USED"): 7, place("01", "POP"): 1000}
        rows |= {of_ministry("ACT"): 200, of_ministry("UNI_USED"): 90}
        freeze(owner, month_on, rows)
    return {"ministry": ministry, "city": city}


def unit(owner: Engine, kind: UnitKind, code: str, *, asked: Asked = ASKED) -> Unit:
    with Session(owner) as db:
        month = read_month(db, None)
        assert month is not None
        units = read_units(db, month, kind, asked=asked)
    return next(each for each in units if each.code == code)


@pytest.mark.usefixtures("frozen")
def test_a_province_is_measured_by_its_people_and_its_registry(owner: Engine) -> None:
    measures = unit(owner, UnitKind.PROVINCE, "48").measures
    assert measures["unified_use"] == Share(130, 1000)
    assert measures["path"] == Share(900, 1000)
    assert measures["rise"] == Share(1, 2)
    assert measures["declared"] == Share(1, 2)
    assert measures["exclusive_systems"] == Share(1, 3)
    undated = unit(owner, UnitKind.PROVINCE, "48", asked=Asked(TARGET, None)).measures
    assert undated["rise"] == NotMeasurable()


@pytest.mark.usefixtures("frozen")
def test_a_few_people_are_not_told_by_a_score(owner: Engine) -> None:
    measures = unit(owner, UnitKind.PROVINCE, "01").measures
    assert measures["unified_use"] == NotMeasurable()
    assert measures["rise"] == NotMeasurable()


@pytest.mark.parametrize(("used", "shown"), [(198, 195), (199, 200)])
def test_a_score_reaches_no_target_that_people_did_not(used: int, shown: int) -> None:
    """198 of 992 are below 20%, and 200 of 990 would be above it."""
    assert _of_people(used, 992, TARGET) == Share(shown, 990)


def test_points_are_cut_down() -> None:
    page = ScoresPage(UnitKind.PROVINCE, None, Leaf((), 1, 0, 0))
    assert str(page.cut(Fraction(1196, 100))) == "11.9"
    assert str(page.cut(Fraction(12))) == "12.0"


def test_a_ministry_is_measured_by_its_users(owner: Engine, frozen: Mapping[str, UUID]) -> None:
    measures = unit(owner, UnitKind.MINISTRY, str(frozen["ministry"])).measures
    assert measures["unified_use"] == Share(90, 200)
    assert measures["declared"] == Share(1, 1), "of the agency below it"
    assert "path" not in measures


def test_the_rise_is_compared_with_what_is_required() -> None:
    def part(before: int, now: int, left: int = 5) -> object:
        return rise((before, 1000), (now, 1000), months=3, months_left=left, target=TARGET)

    assert part(100, 130) == Share(1, 2)
    assert part(100, 160) == part(100, 190) == Share(1, 1)
    assert part(130, 100) == Share(0, 1)
    assert part(210, 205) == Share(1, 1), "the target is reached"
    assert part(100, 130, left=2) == NotMeasurable(), "the date is past"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_pages_are_light_and_open_every_component(
    settings: Settings, frozen: Mapping[str, UUID], language: str
) -> None:
    app = room_app(settings, room_router("idp.adoption"))
    with TestClient(app, headers={"Accept-Language": language}) as client:
        pages = {
            address: client.get(f"/adoption/scores{address}")
            for address in (
                "",
                "?page=3",
                "?kind=ministry",
                "?unit=48",
                "?unit=nowhere",
                f"?kind=ministry&unit={frozen['ministry']}",
                "?kind=x&page=99",
            )
        }
    app.state.runtime.engine.dispose()
    for address, response in pages.items():
        assert response.status_code == 200, address
        assert on_the_wire(response) + HEAD <= LATER, address
    if language == "en":
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", pages["?unit=48"].text))
        assert "13% (130 / 1,000) 7.8 / 12" in words
        assert "none, too few, or not known" in words
        assert "not measured yet" not in words
        assert "/ 12" in words
        assert "Agency G01" in pages["?kind=ministry"].text


def test_without_a_frozen_month_nothing_is_scored(settings: Settings) -> None:
    app = room_app(settings, room_router("idp.adoption"))
    with TestClient(app, headers={"Accept-Language": "en"}) as client:
        assert "No month has been frozen yet." in client.get("/adoption/scores").text
    app.state.runtime.engine.dispose()
