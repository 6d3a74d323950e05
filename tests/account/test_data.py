"""My data: the page and the file hold all that is held on the person, and nothing of another."""

import json
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from sqlalchemy import select

from idp.consents.changes import grant_consent
from idp.journal.actors import Actor, Capacity, acted_by
from idp.journal.models import JournalEntry
from idp.journal.record import record
from idp.kit import clock
from idp.mandates.models import Mandate
from idp.mandates.roles import StaffRole
from idp.people.contacts import add_contact
from idp.people.models import ContactKind
from idp.personal_data.models import RequestKind
from idp.personal_data.requests import answer, ask, list_own
from tests.account.test_close import signed_in
from tests.signin.conftest import Account, Browser, World
from tests.support.people import add_agency, add_relying_party
from tests.support.statements import statements

DATA, FILE, SCHEMA = "/account/data", "/account/data/file", "/account/data/schema"
OTHERS_MAIL = "others.secret@example.vn"


def download(browser: Browser) -> Any:
    return browser.post(FILE, shown_at=DATA)


def fill(world: World, account: Account, *, email: str, client_id: str) -> None:
    """Something in as many parts as may be."""
    person_id, at = account.registered.person_id, clock.now()
    with world.transaction() as db:
        kept = {"keyring": world.keyring, "person_id": person_id, "at": at}
        add_contact(db, kind=ContactKind.EMAIL, value=email, verified_at=at, **kept)
        agency = add_agency(db, code=client_id)
        party = add_relying_party(db, client_id=client_id, agency=agency)
        grant_consent(
            db,
            person_id=person_id,
            relying_party_id=party.id,
            scopes=["openid"],
            claims=["name"],
            evidence={"language": "vi"},
        )
        post = {"role": StaffRole.AGENCY_DEVELOPER, "agency_id": agency.id}
        db.add(Mandate(person_id=person_id, valid_on=at.date(), created_at=at, **post))
    with world.transaction() as db:
        acted_by(db, Actor(Capacity.DESK, 987654321, account="account-of-an-official"))
        record(db, event="factor.confirmed", subject_number=account.registered.subject_number)


def test_the_file_holds_what_its_schema_says_and_all_that_is_held(world: World) -> None:
    account, other = world.add_account(), world.add_account()
    fill(world, account, email="mine@example.vn", client_id="data-1")
    fill(world, other, email=OTHERS_MAIL, client_id="data-2")
    signed_in(world, other, "other-browser")
    owner = signed_in(world, account)
    session = owner.session()
    assert session is not None
    with world.transaction() as db:
        kept = {"keyring": world.keyring, "at": clock.now()}
        assert ask(db, session=session, kind=RequestKind.COPY, text="Cho tôi bản giấy.", **kept)
    answer_ = download(owner)
    assert answer_.status_code == 200
    assert answer_.headers["content-disposition"].startswith("attachment")
    file = answer_.json()
    schema = owner.get(SCHEMA).json()
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(file)
    held = file["held"]
    assert held["person"][0]["name"] == "Nguyễn Thị Hoa"
    assert held["numbers"][0]["number"] == account.number
    assert held["contacts"][0]["value"] == "mine@example.vn"
    assert held["consents"][0]["service"] == "Cổng thử (Test Ministry)"
    assert held["mandates"][0]["agency"] == "Test Ministry"
    assert held["requests"][0]["asked"] == "Cho tôi bản giấy."
    assert held["sessions"][0]["source_address"] == "192.0.2.1"
    assert {"Authenticator app", "Signed in"} & {one["words"] for one in held["history"]}
    empty = sorted(key for key, rows in held.items() if not rows)
    assert empty == sorted(
        [
            *("access_given", "codes_sent", "letters", "passkey_offers", "passkeys"),
            "population_register",
            *("recoveries", "recovery_codes", "reports", "satisfaction_questions", "trials"),
        ]
    ), "nothing of these was made here"
    text = json.dumps(file, ensure_ascii=False)
    for others in (
        *(OTHERS_MAIL, other.number, str(other.registered.person_id)),
        *("987654321", "account-of-an-official"),
    ):
        assert others not in text, "of another person"
    for secret in ('password_encrypted": "', "argon2", account.totp_secret, session.sid.hex):
        assert secret not in text
    withheld = {(one["section"], one["column"]) for one in file["withheld"]}
    assert {("person", "password_encrypted"), ("history", "actor_number")} <= withheld


def test_the_address_of_an_official_is_not_the_persons(world: World) -> None:
    account = world.add_account()
    fill(world, account, email="address@example.vn", client_id="data-3")
    history = download(signed_in(world, account)).json()["held"]["history"]
    desk = [one for one in history if one["event"] == "factor.confirmed"]
    own = [one for one in history if one["event"] == "session.started"]
    assert [one["network_address"] for one in desk] == [None]
    assert own[0]["network_address"] == "192.0.2.1", "the control: their own"


def test_a_claimed_number_opens_no_row_of_its_owner(world: World) -> None:
    """Whoever registers with somebody's number learns nothing of the register by it."""
    number = world.new_number()
    world.add_to_register(number, "Trần Văn Bình", email="register@example.vn")
    owner = world.add_account(number=number)
    held = download(signed_in(world, owner)).json()["held"]
    assert held["population_register"][0]["email"] == "register@example.vn", "the control"
    unproven = world.add_account(proofing=0, totp=False)
    world.add_to_register(unproven.number, "Trần Văn Bình", email="not.shown@example.vn")
    file = download(signed_in(world, unproven, "unproven-browser")).text
    assert "not.shown@example.vn" not in file


@pytest.mark.asvs("14.2.1")
def test_a_browser_found_open_shows_nothing_of_it(world: World) -> None:
    owner = signed_in(world, world.add_account(totp=False))
    assert owner.get(DATA).status_code == 200
    page = owner.get(DATA).text
    token = re.search(r'name="csrf_token"\s+value="([^"]+)"', page)
    assert token
    with clock.shifted(2 * world.settings.assurance.enrolment_fresh):
        assert owner.get(DATA).headers["location"].startswith("/signin/")
        sent = owner.client.post(FILE, data={"csrf_token": token[1]})
        assert sent.headers["location"].startswith("/signin/")


def test_a_download_is_journaled_and_told(world: World) -> None:
    account = world.add_account(totp=False)
    owner = signed_in(world, account)
    download(owner)
    with world.transaction() as db:
        own = JournalEntry.subject_number == account.registered.subject_number
        events = select(JournalEntry.event).where(own, JournalEntry.event == "data.exported")
        assert len(db.scalars(events).all()) == 1
    assert "You downloaded your data" in owner.get("/account/activity").text


def test_the_page_says_it_in_words_and_what_is_left_out(world: World) -> None:
    account = world.add_account(totp=False)
    fill(world, account, email="page@example.vn", client_id="data-4")
    owner = signed_in(world, account)
    page = owner.get(DATA).text
    for part in re.findall(r'href="(/account/data\?part=[a-z_]+)"', page):
        page += owner.get(part).text
    for words in (
        *("page@example.vn", "Cổng thử", "Who you are", "What happened with your account"),
        *("It would open your account", "tells of another person", "Signed in"),
    ):
        assert words in page, words
    assert account.number not in page, "the number is in the file alone"
    owner.client.cookies.set(owner.names.language, "vi", domain="localhost.local")
    assert "Dữ liệu của tôi" in owner.get(DATA).text


def test_a_request_has_the_days_of_the_law_and_its_answer_is_read(world: World) -> None:
    account = world.add_account(totp=False)
    owner = signed_in(world, account)
    path = f"{DATA}/requests"
    refused = owner.refused(path, kind="", text="")
    assert "Choose what you ask for." in refused
    kept = owner.refused(path, kind="correction", text="x" * 1001)
    assert "1000 characters at most" in kept
    assert "checked" in kept
    sent = owner.post(path, kind="correction", text="Tên đệm của tôi viết sai.")
    assert sent.headers["location"] == path
    page = owner.get(path).text
    assert "Your request is received." in page
    assert "Tên đệm của tôi viết sai." in page
    session = owner.session()
    assert session is not None
    with world.transaction() as db:
        [one] = list_own(db, keyring=world.keyring, session=session, limit=5)
        day = clock.day_of(clock.now())
        assert day < one.answer_due_on <= one.due_on
        assert one.due_on >= day + timedelta(days=10)
        said = {"text": "Mời bạn mang thẻ đến.", "by": 1, "at": clock.now()}
        kept_by = {"keyring": world.keyring, "request_id": one.id, "is_accepted": True}
        assert answer(db, **kept_by, **said)
        assert not answer(db, **kept_by, **said), "once"
    assert "Mời bạn mang thẻ đến." in owner.get(path).text


def test_a_long_request_begins_in_the_list_and_has_a_page_of_its_own(world: World) -> None:
    owner = signed_in(world, world.add_account(totp=False))
    path = f"{DATA}/requests"
    text = "Tên đệm của tôi viết sai. " * 37 + "Đây là câu cuối."
    owner.post(path, kind="copy", text="Bản sao")
    assert "Read all of it" not in owner.get(path).text, "the control: a short one is whole there"
    owner.post(path, kind="correction", text=text)
    page = owner.get(path).text
    assert "Tên đệm của tôi viết sai." in page
    assert "Đây là câu cuối." not in page
    [way] = re.findall(rf'href="({path}/[0-9a-f-]+)"', page)
    assert text in owner.get(way).text
    stranger = signed_in(world, world.add_account(totp=False), "somebody-else")
    assert stranger.get(way).headers["location"] == path
    assert stranger.get(f"{path}/{uuid4()}").headers["location"] == path


def test_so_many_requests_wait_at_most(world: World) -> None:
    owner = signed_in(world, world.add_account(totp=False))
    path = f"{DATA}/requests"
    for nth in range(6):
        owner.post(path, kind="copy", text=f"Bản sao {nth}")
    pages = [owner.get(f"{path}?page={number}").text for number in (1, 2, 3)]
    assert "Nothing was sent" in pages[0]
    assert [page.count("Bản sao") for page in pages] == [2, 2, 1]
    assert "?page=4" not in pages[-1]


def test_what_was_answered_last_stands_first(world: World) -> None:
    """However much was asked after it: the answer is what its reader comes for."""
    account = world.add_account(totp=False)
    owner = signed_in(world, account)
    path = f"{DATA}/requests"
    for nth in range(3):
        owner.post(path, kind="copy", text=f"Bản sao {nth}")
    assert "Bản sao 0" not in owner.get(path).text, "newest first, two on a page"
    session = owner.session()
    assert session is not None
    with world.transaction() as db:
        own = list_own(db, keyring=world.keyring, session=session, limit=5)
        said = {"text": "Mời mang thẻ đến.", "by": 1, "at": clock.now(), "is_accepted": True}
        assert answer(db, keyring=world.keyring, request_id=own[-1].id, **said)
    page = owner.get(path).text
    assert page.index("Bản sao 0") < page.index("Bản sao 2")
    assert "Mời mang thẻ đến." in page
    assert "Bản sao 1" not in page


@pytest.mark.parametrize(
    ("path", "budget"),
    [(DATA, 27), (f"{DATA}/requests", 3), ("/account/close", 6), ("/account/closing", 2)],
)
def test_the_pages_cost_few_statements(world: World, path: str, budget: int) -> None:
    """However much is held: the parts are read one by one, names all at once."""
    account = world.add_account()
    fill(world, account, email="few@example.vn", client_id=f"few-{budget}-{len(path)}")
    owner = signed_in(world, account)
    with statements(world.app.state.runtime.engine) as sent:
        owner.get(path)
    print(f"{path}: {len(sent)} of {budget}")
    assert len(sent) <= budget, "\n\n".join(sent)
