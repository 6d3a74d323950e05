"""An agency's staff read its own figures, true ones, and nothing of any other agency."""

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select

from idp.catalogue.models import PublicService
from idp.figures.digests import DigestRefusal
from idp.figures.rolling import WINDOWS
from idp.figures.rolling_days import save_rolling
from idp.figures.slice_rows import Dimension, SliceKey
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.db import make_engine, transaction
from idp.mandates.changes import start_mandate
from idp.mandates.models import Mandate
from idp.mandates.roles import StaffRole
from idp.settings import Settings
from idp.web.internal_files import internal_file
from tests.figures.frozen import freeze, of
from tests.kit.test_workbook import cells
from tests.support.long_lists import roll
from tests.support.staff import BASE, Office, staff_visitor
from tests.support.visitor import Visitor

PATH = f"{BASE}/portal/figures"
OLD, NEW = date(2026, 9, 30), date(2026, 10, 31)
COUNTS = {"BEGUN": 407, "SUCCESS": 391, "REFUSED_LEVEL": 3, "REFUSED": 8, "ABANDONED": 5}


def service_id(app: FastAPI, office: Office) -> str:
    with transaction(app.state.runtime.engine) as db:
        own = select(PublicService.id).where(PublicService.procedure_code == office.service)
        return str(db.scalars(own).one())


@pytest.fixture(scope="module")
def owner_engine(module_settings: Settings) -> Iterator[Engine]:
    engine = make_engine(module_settings.database.owner_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module", autouse=True)
def _frozen(owner_engine: Engine, app: FastAPI, ministry: Office, other: Office) -> None:
    """Two months; the other agency has figures that nobody here may see."""
    for month, people in ((OLD, 1_200), (NEW, 1_237)):
        rows = {}
        for office, times in ((ministry, 1), (other, 7)):
            agency, its = str(office.agency_id), service_id(app, office)
            for dimension, code in ((Dimension.AGENCY, agency), (Dimension.SERVICE, its)):
                rows[of(dimension, code, "person", "ACT")] = people * times
                rows[of(dimension, code, "person", "UNI_USED")] = 613 * times
                for figure, count in COUNTS.items():
                    rows[of(dimension, code, "sign_in", figure, "months_1")] = count * times
                rows[of(dimension, code, "sign_in", "REASON access_denied", "months_1")] = 8
                rows[of(dimension, code, "answer", "ANSWERS")] = 61 * times
                rows[of(dimension, code, "answer", "SATISFIED")] = 55 * times
        freeze(owner_engine, month, rows)


def test_the_agencys_staff_read_true_counts_that_say_they_are_internal(developer: Visitor) -> None:
    text = developer.open(PATH).text
    for told in (
        "Internal",
        "1,237, +37 since the month before",
        "613, 49.5%",
        "407, unchanged since",
    ):
        assert told in text, told
    assert "refused, as the person or the application’s rules said no" in text
    assert "90.1% of 61 answers" in text
    services = developer.open(f"{PATH}?part=services").text
    assert "Internal" in services
    assert "Exchange a driving licence" in services
    assert "Not declared yet" in services
    assert "1,237" in services
    systems = developer.open(f"{PATH}?part=systems").text
    assert "Internal" in systems
    assert "Exchange a driving licence" not in systems
    assert "613, 49.5%" in developer.open(f"{PATH}?part=agency").text, "no such part: the agency"


def test_a_month_before_is_a_link_away_and_another_is_none(developer: Visitor) -> None:
    page = developer.open(f"{PATH}?month=2026-09")
    assert "1,200" in page.text
    assert "since the month before" not in page.text, "there is none"
    assert developer.open(f"{PATH}?month=2026-08").status == 404
    assert developer.open(f"{PATH}?month=x").status == 404


@pytest.mark.parametrize("path", [PATH, f"{PATH}.csv", f"{PATH}.xlsx"])
def test_nothing_of_another_agency_is_in_it(
    developer: Visitor, stranger: Visitor, path: str
) -> None:
    """Neither by a filter: another's code looks like one that there is not."""
    assert developer.open(f"{path}?agency=G12").status == 200
    assert stranger.open(f"{path}?agency=G77").status == 200
    assert developer.open(f"{path}?agency=G77").status == 404
    assert developer.open(f"{path}?agency=nothing").status == 404
    for query in ("", "?agency=G12", "?part=services", "?part=systems"):
        mine = developer.open(path + query)
        for foreign in ("1.007777", "8659", "8,659", "G77", str(1_237 * 7)):
            assert foreign not in mine.text


def named(name: str, kind: str) -> str:
    told = internal_file(name, kind, [], ["code"]).headers["content-disposition"]
    return told.removeprefix('attachment; filename="').removesuffix('"')


@pytest.mark.asvs("5.4.2")
def test_an_agencys_code_cannot_break_out_of_the_name_of_a_file() -> None:
    code = 'G1"; filename="../\\x\r\nSet-Cookie: a=1;Đ\0'
    assert named(f"{code}-2026-10", "csv") == "G1filename..xSet-Cookiea1-2026-10-internal.csv"
    assert named("H61.2-2026-10", "xlsx") == "H61.2-2026-10-internal.xlsx"


def test_the_files_have_the_same_rows_each_labelled(developer: Visitor) -> None:
    answer = developer.client.get("/portal/figures.csv?month=2026-10")
    assert answer.headers["content-disposition"] == (
        'attachment; filename="G12-2026-10-internal.csv"'
    )
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["kind"] for row in rows] == ["agency", "service", "system"]
    assert {row["label"] for row in rows} == {"nội bộ / internal"}
    agency = rows[0]
    assert (agency["people_12_months"], agency["people_change"]) == ("1237", "37")
    assert (agency["begun"], agency["success"]) == ("407", "391")
    assert agency["refused_because"] == "access_denied: 8"
    assert (agency["satisfied"], agency["answers"]) == ("55", "61")
    assert rows[1]["level_4_step"] == "L4_ALL"
    ended = [agency[name] for name in ("success", "refused_level", "refused", "abandoned")]
    assert sum(map(int, ended)) == int(agency["begun"])
    workbook = developer.client.get("/portal/figures.xlsx?month=2026-10").content
    assert "nội bộ / internal" in str(cells(workbook))


def test_who_works_for_two_agencies_chooses(app: FastAPI, ministry: Office, other: Office) -> None:
    visitor = staff_visitor(app, StaffRole.AGENCY_DEVELOPER, ministry)
    with transaction(app.state.runtime.engine) as db:
        newest = select(Mandate).order_by(Mandate.created_at.desc()).limit(1)
        held = db.scalars(newest).one()
        second = Mandate(
            person_id=held.person_id,
            role=StaffRole.AGENCY_DEVELOPER,
            agency_id=other.agency_id,
            valid_on=held.valid_on,
            created_at=held.created_at,
        )
        start_mandate(db, second)
    page = visitor.open(f"{PATH}?agency=G77")
    assert "8,659, +259 since the month before" in page.text
    assert "/portal/figures.csv?agency=G77" in page.text
    assert "?agency=G12" in page.text


def test_no_post_no_figures(app: FastAPI, developer: Visitor) -> None:
    assert staff_visitor(app, None).open(PATH).status == 403
    assert staff_visitor(app, StaffRole.OPERATOR).open(PATH).status == 403
    assert developer.open(PATH).status == 200


def test_staff_stop_the_digest_and_have_it_again(
    app: FastAPI, developer: Visitor, ministry: Office
) -> None:
    for word in ("no", "no", "yes"):
        page = developer.open(PATH)
        fields = {**page.form("agency").fields, "digest": word}
        page = developer.post(f"{PATH}/digest", fields)
        assert page.status == 200
        with transaction(app.state.runtime.engine) as db:
            assert (db.get(DigestRefusal, ministry.agency_id) is None) is (word == "yes")
    with transaction(app.state.runtime.engine) as db:
        chosen = select(JournalEntry.data).where(JournalEntry.event == "digest.chosen")
        assert [row["is_wanted"] for row in db.scalars(chosen)] == [False, True]


def test_nobody_chooses_for_another_agency(
    app: FastAPI, developer: Visitor, stranger: Visitor, ministry: Office
) -> None:
    fields = stranger.open(PATH).form("agency").fields
    page = stranger.post(f"{PATH}/digest", {**fields, "agency": "G12", "digest": "no"})
    assert page.status == 404
    with transaction(app.state.runtime.engine) as db:
        assert db.get(DigestRefusal, ministry.agency_id) is None
    fields = developer.open(PATH).form("agency").fields
    assert developer.post(f"{PATH}/digest", {**fields, "digest": "yes"}).status == 200
    assert developer.post(f"{PATH}/digest", {"agency": "G12", "digest": "no"}).status == 403


def test_the_last_days_are_the_own_agencys_and_the_file_has_them(
    app: FastAPI, ministry: Office, other: Office
) -> None:
    visitor = staff_visitor(app, StaffRole.AGENCY_OWNER, ministry)
    assert "Users in the last 365" not in visitor.open(PATH).text
    with transaction(app.state.runtime.engine) as db:
        roll(db, agencies=[ministry.agency_id], value=1_357)
        rows = {
            SliceKey("agency", str(other.agency_id), "person", "ACT", window): 8_642
            for window in WINDOWS
        }
        save_rolling(db.connection(), clock.today("Asia/Ho_Chi_Minh") - timedelta(days=1), rows)
    page = visitor.open(PATH).text
    assert "provisional: 1,357, 1,357, 1,357." in page
    assert "8,642" not in page
    answer = visitor.client.get(f"{PATH}.csv").text
    own, *others = csv.DictReader(io.StringIO(answer.lstrip("\ufeff")))
    assert [own[f"people_{days}_days"] for days in (365, 90, 30)] == ["1357"] * 3
    assert {row["people_30_days"] for row in others} == {""}
    assert "8642" not in answer
