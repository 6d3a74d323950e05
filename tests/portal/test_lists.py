"""The page on which an agency delivers whom its systems served."""

import re
import threading
from collections.abc import Mapping
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from idp.figures.days import DAY, month_start
from idp.figures.lists.models import DeliveredList
from idp.kit import clock
from idp.kit.db import transaction, try_lock
from idp.people.identifiers import give_number
from tests.support.people import add_person
from tests.support.staff import BASE, Office
from tests.support.visitor import Page, Visitor

HEAD = "number,local_sign_ins\n"
GOOD = HEAD + "001190000007,1\n001190000009,0\n0100109106,2\n"
MONTH = month_start(clock.today("Asia/Ho_Chi_Minh")) - DAY


@pytest.fixture
def address(ministry: Office) -> str:
    return f"{BASE}/portal/lists/{ministry.system}"


def deliver(
    visitor: Visitor,
    address: str,
    content: str | bytes,
    *,
    fields: Mapping[str, str] | None = None,
    site: str = "same-origin",
) -> Page:
    page = visitor.open(address)
    given = {**page.form("month").fields, "month": f"{MONTH:%Y-%m}", **(fields or {})}
    given.pop("file", None)
    response = visitor.client.post(
        address,
        data=given,
        files={"file": ("list.csv", content, "text/csv")},
        headers={"Sec-Fetch-Site": site},
    )
    return visitor._follow(response)


def versions(app: FastAPI, office: Office) -> list[Any]:
    with transaction(app.state.runtime.engine) as db:
        rows = select(DeliveredList.version, DeliveredList.lines).where(
            DeliveredList.system_id == office.system_id
        )
        return [tuple(row) for row in db.execute(rows.order_by(DeliveredList.version))]


def text_of(page: Page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def test_a_list_is_taken_in_replaced_and_sent_again_without_effect(
    app: FastAPI, developer: Visitor, ministry: Office, address: str
) -> None:
    page = developer.open(f"{BASE}/portal/lists")
    assert ministry.system in page.text
    before = len(versions(app, ministry))
    page = deliver(developer, address, GOOD)
    assert (page.status, page.url) == (200, address)
    assert "3 lines and 3 local sign-ins" in text_of(page)
    again = deliver(developer, address, GOOD)
    assert "3 lines and 3 local sign-ins" in text_of(again)
    assert len(versions(app, ministry)) == before + 1
    deliver(developer, address, HEAD + "001190000007,0\n")
    assert versions(app, ministry)[-1] == (before + 2, 1)
    empty = deliver(developer, address, HEAD)
    assert "0 lines" in text_of(empty)


@pytest.mark.asvs("5.1.1")
def test_the_page_says_what_may_be_uploaded(developer: Visitor, address: str) -> None:
    said = text_of(developer.open(address))
    for each in ("CSV", "column number", "column local_sign_ins", "1 MB at most"):
        assert each in said, each


@pytest.mark.asvs("5.3.1")
def test_no_file_stays_of_a_list(
    app: FastAPI, developer: Visitor, ministry: Office, address: str
) -> None:
    """Its digest and its counts alone, so that there is nothing to run or to give out."""
    lines = ",0\n".join(f"00119{n:07}" for n in range(1_000)) + ",0\n"
    deliver(developer, address, HEAD + lines)
    assert versions(app, ministry)[-1][1] == 1_000
    with transaction(app.state.runtime.engine) as db:
        rows = select(DeliveredList).where(DeliveredList.system_id == ministry.system_id)
        newest = db.scalars(rows.order_by(DeliveredList.version.desc())).first()
        assert newest is not None
        columns = {name: getattr(newest, name) for name in DeliveredList.__annotations__}
    held = {name for name, value in columns.items() if isinstance(value, str | bytes)}
    assert held == {"sha256", "xact_id"}
    assert len(columns["sha256"]) == 32


@pytest.mark.asvs("5.2.2")
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (HEAD + "00119000000,1\n", "Line 2, column number"),
        (HEAD + "001190000007,=SUM(A1)\n", "Line 2, column local_sign_ins, “=SUM(A1)”"),
        (b"PK\x03\x04" + b"\0" * 3000, "This is a workbook"),
        (b"\xff\xfe\x00", "Nothing was taken"),
        ("", "Choose the file"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_taken(
    app: FastAPI,
    developer: Visitor,
    ministry: Office,
    address: str,
    content: str | bytes,
    says: str,
) -> None:
    before = versions(app, ministry)
    page = deliver(developer, address, content)
    assert page.is_refused
    assert says in text_of(page)
    assert "001190000007" not in page.text
    assert versions(app, ministry) == before


def test_a_month_that_is_no_month_or_not_over_is_refused(developer: Visitor, address: str) -> None:
    for month, says in (("2026-13", "Choose the month"), ("2099-01", "not over yet")):
        page = deliver(developer, address, GOOD, fields={"month": month})
        assert page.is_refused
        assert says in text_of(page)
    assert "3 lines" in text_of(deliver(developer, address, GOOD))


def test_another_agencys_system_looks_like_none(
    developer: Visitor, stranger: Visitor, other: Office, address: str
) -> None:
    assert stranger.open(address).status == 404
    assert stranger.open(f"{BASE}/portal/lists/{other.system}").status == 200
    fields = stranger.open(f"{BASE}/portal/lists/{other.system}").form("month").fields
    for theirs, status in ((address, 404), (f"{BASE}/portal/lists/{other.system}", 303)):
        response = stranger.client.post(
            theirs,
            data={**fields, "month": f"{MONTH:%Y-%m}"},
            files={"file": ("list.csv", GOOD, "text/csv")},
        )
        assert response.status_code == status


def test_a_form_from_elsewhere_or_without_its_token_is_refused(
    app: FastAPI, developer: Visitor, ministry: Office, address: str
) -> None:
    before = versions(app, ministry)
    assert deliver(developer, address, GOOD, site="cross-site").status == 403
    assert deliver(developer, address, GOOD, fields={"csrf_token": "0" * 64}).status == 403
    assert developer.client.post(address, data={"month": "2026-01"}).status_code == 403
    kind = {"Content-Type": "text/csv"}
    assert developer.client.post(address, content=GOOD, headers=kind).status_code == 415
    assert versions(app, ministry) == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x\r\n\r\n--x--",
        b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n',
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 2 + b"--x--\r\n",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--\r\n',
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 30 + b"--x--\r\n",
    ],
)
def test_a_body_that_is_no_form_is_refused(developer: Visitor, address: str, body: bytes) -> None:
    sent = {"Content-Type": "multipart/form-data; boundary=x", "Sec-Fetch-Site": "same-origin"}
    response = developer.client.post(address, content=body, headers=sent)
    assert response.status_code in {400, 403}


def test_too_long_a_file_is_refused_before_it_is_read(developer: Visitor, address: str) -> None:
    """Ten million lines: by its announced length, and by what comes."""
    long = (HEAD + "001190000007,1\n" * 200_000).encode()
    assert deliver(developer, address, long).status == 413
    elsewhere = developer.client.post(f"{BASE}/portal/new", content=b"a" * 100_000)
    assert elsewhere.status_code == 413


def test_two_lists_at_once_are_one_after_the_other(
    app: FastAPI, developer: Visitor, ministry: Office, address: str
) -> None:
    """The second is told to come again, and then is another version."""
    taken, done = threading.Event(), threading.Event()

    def first() -> None:
        with transaction(app.state.runtime.engine) as db:
            assert try_lock(db.connection(), f"list.{ministry.system_id}.{MONTH}")
            taken.set()
            done.wait(30)

    thread = threading.Thread(target=first)
    thread.start()
    try:
        assert taken.wait(30)
        page = deliver(developer, address, GOOD)
        assert "Another list of this system and month is being read" in text_of(page)
    finally:
        done.set()
        thread.join()
    assert "3 lines" in text_of(deliver(developer, address, GOOD))


def test_nobody_learns_who_has_an_account(
    app: FastAPI, developer: Visitor, ministry: Office, address: str
) -> None:
    """Lists of one holder and of one who is none are answered alike, and so is the page."""
    with transaction(app.state.runtime.engine) as db:
        holder(db, app, "001190000011")
    pages = []
    for number in ("001190000011", "001190000012"):
        page = deliver(developer, address, HEAD + f"{number},1\n")
        said = text_of(page) + text_of(developer.open(address))
        pages.append(re.sub(r"\d\d:\d\d|version \d+", "", said))
    assert pages[0] == pages[1]


def holder(db: Session, app: FastAPI, number: str) -> None:
    person, keyring = add_person(db), app.state.runtime.keyring
    give_number(db, keyring=keyring, person_id=person.id, number=number, at=clock.now())
    assert db.scalar(text("SELECT count(*) FROM person_identifier"))
