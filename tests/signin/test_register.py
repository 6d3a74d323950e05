"""Registering: a likely slip is corrected before an account is made, and nobody is told on."""

import re
from dataclasses import dataclass
from itertools import count

import pytest
from sqlalchemy import func, select

from idp.interactions.opening import Credit
from idp.interactions.sent import REPEATED_FOR
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.people.identifiers import find_own_number
from idp.people.models import Person, PersonStatus
from idp.rate_limits import PASSWORDS_KEPT
from idp.rate_limits import count as count_one
from tests.signin.conftest import DECLARED, PASSWORD, Browser, World
from tests.support.people import add_relying_party
from tests.support.statements import statements

RIGHT = {"register": "yes"}
_addresses = count(1)
ODD = {"sex": "female"}
"""A slip that shows: a man's number says otherwise."""


def accounts(world: World) -> int:
    with world.transaction() as db:
        return int(db.scalar(select(func.count()).select_from(Person)) or 0)


def new_man(world: World) -> str:
    return world.new_number().replace("0011", "0010", 1)


def send(browser: Browser, interaction: str, **fields: str) -> str:
    """Send the registration form; where it leads."""
    answer = browser.post(f"/signin/{interaction}/register", **{**DECLARED, **fields})
    return str(answer.headers["location"]).rpartition("/")[2]


def register(browser: Browser, interaction: str, **fields: str) -> str:
    """Send the form, and what looks odd once more; where that leads."""
    led_to = send(browser, interaction, **fields)
    if led_to != "compare":
        return led_to
    answer = browser.post(f"/signin/{interaction}/compare", **RIGHT)
    return str(answer.headers["location"]).rpartition("/")[2]


def claim_of(world: World, browser: Browser) -> str:
    """What the browser's owner signs in with until the number is theirs."""
    session = browser.session()
    assert session is not None
    with world.transaction() as db:
        own = find_own_number(db, keyring=world.keyring, person_id=session.person_id)
        assert own
        return own.claim


def test_a_likely_slip_is_corrected_before_an_account_is_made(world: World) -> None:
    number, before = new_man(world), accounts(world)
    browser = world.browser()
    interaction = browser.open()
    slip = {"number": number, "name": "Trần Văn Minh", **ODD}
    assert send(browser, interaction, **slip) == "compare"
    page = browser.get(f"/signin/{interaction}/compare").text
    for text in (number, "Trần Văn Minh", "17/05/1990", "Female"):
        assert text in page, text
    assert PASSWORD not in page
    assert accounts(world) == before
    answer = browser.post(f"/signin/{interaction}/compare", correct="yes")
    assert answer.headers["location"] == f"/signin/{interaction}/register"
    page = browser.get(f"/signin/{interaction}/register").text
    assert 'value="Trần Văn Minh"' in page
    assert PASSWORD not in page
    assert register(browser, interaction, number=number) == "confirm"
    assert browser.session() is not None
    assert accounts(world) == before + 1


def test_the_box_says_that_one_registers(world: World) -> None:
    """D9: it said that one signs in."""
    with world.transaction() as db:
        party = add_relying_party(db, client_id="register-party")
    browser = world.browser()
    interaction = browser.open(
        client_id="register-party",
        credit=Credit(relying_party_id=party.id, service_id=party.default_service_id),
    )
    send(browser, interaction, number=new_man(world), **ODD)
    for page, said in (("identifier", False), ("register", True), ("compare", True)):
        text = browser.get(f"/signin/{interaction}/{page}?other=1").text
        assert ("You are registering to use" in text) is said, page
        assert ("You are signing in to" in text) is not said, page


@pytest.mark.parametrize(("typed", "stands"), [("{}", "{}"), ("{}123456", "{}"), ("", "")])
def test_a_number_that_was_typed_before_is_not_typed_again(
    world: World, typed: str, stands: str
) -> None:
    """C2: whoever has no account types the number first, and finds out then; to be corrected."""
    number, browser = new_man(world), world.browser()
    interaction = browser.open()
    if typed:
        browser.post(f"/signin/{interaction}/identifier", identifier=typed.format(number))
    page = browser.get(f"/signin/{interaction}/register").text
    assert re.findall(r'name="number"\s+value="(\d+)"', page) == [
        found for found in [stands.format(number)] if found
    ]
    other = browser.refused(f"/signin/{interaction}/register", number="1")
    assert number not in other


@pytest.mark.parametrize(
    ("entered", "led_to"),
    [
        ({}, "confirm"),
        (ODD, "compare"),
        ({"birthdate": "17/05/1991"}, "compare"),
        ({"name": "Tran Van Binh"}, "compare"),
    ],
)
def test_only_what_looks_odd_by_itself_is_asked_about(
    world: World, entered: dict[str, str], led_to: str
) -> None:
    """A number states sex and year, and few names have no marks at all."""
    browser = world.browser(address="198.51.100.195")
    assert send(browser, browser.open(), number=new_man(world), **entered) == led_to


def test_an_account_made_at_once_leaves_nothing_to_compare(world: World) -> None:
    """Nothing that was entered stays with the browser, and one form makes one account."""
    browser, before = world.browser(address="198.51.100.197"), accounts(world)
    for entered in ({}, {"sex": ""}):
        interaction, number = browser.open(), new_man(world)
        if entered:
            assert send(browser, interaction, number=number, **entered) == "register"
        assert send(browser, interaction, number=number) == "confirm"
        assert browser.client.cookies.get(browser.names.kept) is None
        compare = browser.get(f"/signin/{interaction}/compare")
        assert compare.headers["location"] == f"/signin/{interaction}/confirm"
    assert accounts(world) == before + 2


def test_day_and_month_are_enough_where_the_number_states_the_year(world: World) -> None:
    browser = world.browser(address="198.51.100.195")
    interaction = browser.open()
    assert send(browser, interaction, number=new_man(world), birthdate="1705") == "confirm"
    assert "17/05/1990" in browser.get(f"/signin/{interaction}/confirm").text
    interaction = browser.open()
    assert send(browser, interaction, number=new_man(world), birthdate="1990") == "confirm"
    page = browser.get(f"/signin/{interaction}/confirm").text
    assert "/1990" not in page


def test_an_account_is_corrected_while_no_code_has_shown_whose_number_it_is(world: World) -> None:
    """A slip that nothing tells: the form comes back as it was sent, and the password is kept."""
    browser = world.browser(address="198.51.100.196")
    interaction, number = browser.open(), new_man(world)
    assert send(browser, interaction, number=number, name="Trần Văn Bin") == "confirm"
    first = browser.session()
    path = f"/signin/{interaction}/confirm"
    assert "Trần Văn Bin" in browser.get(path).text
    answer = browser.post(path, correct="yes")
    assert answer.headers["location"] == f"/signin/{interaction}/register"
    page = browser.get(answer.headers["location"]).text
    assert 'value="Trần Văn Bin"' in page
    assert "chose is kept" in page
    again = {**DECLARED, "number": number, "password": "", "again": ""}
    assert browser.post(answer.headers["location"], **again).headers["location"] == path
    session = browser.session()
    assert session
    assert first
    assert (session.name, session.person_id == first.person_id) == (DECLARED["name"], False)


def test_a_good_password_is_typed_once_whatever_else_is_wrong(world: World) -> None:
    """C2: over an error in another field and over a correction; what is kept is its hash."""
    number, browser = new_man(world), world.browser(address="198.51.100.191")
    interaction = browser.open()
    once = {"password": PASSWORD, "number": number}
    path = f"/signin/{interaction}/register"
    page = browser.refused(path, **{**DECLARED, **once, "birthdate": "31/02/1990"})
    assert "chose is kept" in page
    assert PASSWORD not in page
    assert PASSWORD not in str(browser.client.cookies.get(browser.names.kept))
    again = {**DECLARED, "number": number, "password": "", "again": ""}
    page = browser.refused(path, **{**again, "sex": ""})
    assert "Choose your sex" in page
    assert "chose is kept" in page
    browser.post(path, **{**again, **ODD})
    browser.post(f"/signin/{interaction}/compare", correct="yes")
    assert "chose is kept" in browser.get(path).text
    browser.post(path, **{**again, "name": "Trần Văn Minh"})
    claim = claim_of(world, browser)
    later = world.browser("a-browser-of-the-next-day-01234567")
    interaction = later.open()
    later.post(f"/signin/{interaction}/identifier", identifier=claim)
    later.post(f"/signin/{interaction}/password", password=PASSWORD)
    assert later.session() is not None


def test_a_password_typed_anew_takes_the_place_of_the_one_kept(world: World) -> None:
    """C2: a bad one too: nobody ends up with a password they wanted to change."""
    browser = world.browser(address="198.51.100.191")
    path = f"/signin/{browser.open()}/register"
    wrong = {**DECLARED, "number": new_man(world), "birthdate": "31/02/1990"}
    assert "chose is kept" in browser.refused(path, **wrong)
    page = browser.refused(path, **{**wrong, "password": "quá ngắn", "again": "quá ngắn"})
    assert "chose is kept" not in page
    page = browser.refused(path, **{**wrong, "again": "một câu khác hẳn câu kia"})
    assert "The two passwords differ" in page
    assert "chose is kept" not in page
    page = browser.refused(path, **{**wrong, "password": ""})
    assert "chose is kept" not in page


def test_a_password_of_ones_own_words_is_not_kept_beside_an_error(world: World) -> None:
    """What is wrong is compared as it was typed: later there is only a hash."""
    browser = world.browser(address="198.51.100.192")
    path = f"/signin/{browser.open()}/register"
    own = {"password": "Trần Văn Bình 1990", "again": "Trần Văn Bình 1990"}
    for slip in ({"sex": ""}, {"name": "Trần Văn Bình 2"}, {"number": "12"}):
        page = browser.refused(path, **{**DECLARED, "number": new_man(world), **own, **slip})
        assert "which others know" in page
        assert "chose is kept" not in page
        page = browser.refused(path, **{**DECLARED, "number": new_man(world), **slip})
        assert "chose is kept" in page or "number" not in slip


def test_hashes_that_lead_no_further_are_counted(world: World) -> None:
    """C2: a form with an error is answered as before, but no password of it is hashed or kept."""
    browser, limit = world.browser(address="198.51.100.190"), world.settings.throttle.source_limit
    path = f"/signin/{browser.open()}/register"
    allowance = PASSWORDS_KEPT.of(
        "198.51.100.190", keyring=world.keyring, settings=world.settings.throttle
    )
    with world.transaction() as db:
        for _ in range(limit - 1):
            assert count_one(db, allowance, at=clock.now())
    wrong = {**DECLARED, "number": new_man(world), "birthdate": "31/02/1990"}
    assert "chose is kept" in browser.refused(path, **wrong)
    assert "chose is kept" in browser.refused(path, **{**wrong, "password": "", "again": ""})
    assert "chose is kept" not in browser.refused(path, **{**wrong, "sex": ""})


@pytest.mark.parametrize(
    "typed", ["17051990", "17 5 1990", "17-05-1990", "17.05.1990", "17/5/1990"]
)
def test_a_date_is_typed_as_hands_do_and_compared_as_cards_write_it(
    world: World, typed: str
) -> None:
    """C4."""
    browser = world.browser(address="198.51.100.191")
    interaction = browser.open()
    page = browser.get(f"/signin/{interaction}/register").text
    assert re.search(r'id="birthdate"[^>]*inputmode="numeric"', page)
    odd = {"number": new_man(world), **ODD}
    assert send(browser, interaction, **odd, birthdate=typed) == "compare"
    assert "17/05/1990" in browser.get(f"/signin/{interaction}/compare").text


def test_whoever_registered_is_told_that_the_account_is_there_and_what_it_opens(
    world: World,
) -> None:
    """C8: once, on the page after; the page that says what is lacking says it, too."""
    browser = world.browser(address="198.51.100.194")
    interaction = browser.open(needed_acr="LoA2", needed_authentication=2)
    assert register(browser, interaction, number=new_man(world)) == "confirm"
    page = browser.get(f"/signin/{interaction}/confirm").text
    assert 'role="status"' in page
    assert "Your account is made" in page
    unmet = browser.get(f"/signin/{interaction}/unmet").text
    assert "Your account works" in unmet
    assert "Your account is made" not in browser.get(f"/signin/{interaction}/confirm").text


@dataclass(frozen=True)
class Case:
    """Someone whose number is known or not, and held or not."""

    is_in_register: bool = False
    held_with: int | None = None
    name: str = DECLARED["name"]
    birthdate: str = DECLARED["birthdate"]


RIGHT_DETAILS = Case(is_in_register=True)
PAIRS = {
    "unknown number": Case(),
    "wrong birthdate": Case(is_in_register=True, birthdate="18/05/1990"),
    "wrong name": Case(is_in_register=True, name="Trần Văn Minh"),
    "other spelling": Case(is_in_register=True, name="TRẦN VĂN BÌNH"),
    "held, right details": Case(is_in_register=True, held_with=2),
    "held, wrong birthdate": Case(is_in_register=True, held_with=2, birthdate="18/05/1990"),
    "held by someone unproven": Case(held_with=0),
}


def walk(world: World, case: Case, *, address: str = "") -> list[tuple[object, ...]]:
    """What is seen and what is asked of the database on the way to the page after registering."""
    number = new_man(world)
    if case.is_in_register:
        world.add_to_register(number, DECLARED["name"])
    if case.held_with is not None:
        number = world.add_account(proofing=case.held_with, totp=False, number=number).number
    browser = world.browser(address=address or f"203.0.113.{next(_addresses)}")
    interaction, seen = browser.open(needed_acr="LoA2", needed_authentication=2), []
    fields = {**DECLARED, "number": number, "name": case.name, "birthdate": case.birthdate}
    steps = (("register", fields), ("compare", RIGHT), ("confirm", {"later": "yes"}))
    for page, entered in steps:
        path = f"/signin/{interaction}/{page}"
        shown = browser.get(path)
        if shown.status_code == 303:
            continue
        token = re.search(r'name="csrf_token" value="([\w-]+)"', shown.text)
        assert token
        with statements(world.app.state.runtime.engine) as sent:
            answer = browser.client.post(path, data={"csrf_token": token[1], **entered})
        seen.append(
            (
                page,
                strip(shown.text, number, case),
                answer.status_code,
                str(answer.headers["location"]).replace(interaction, "…"),
                sorted(name for name in answer.headers if name != "set-cookie"),
                [re.sub(r"%\(\w+\)s", "?", statement) for statement in sent],
            )
        )
    unmet = browser.get(f"/signin/{interaction}/unmet").text
    return [*seen, ("unmet", strip(unmet, number, case))]


def strip(page: str, number: str, case: Case) -> str:
    """The page without what the person entered, and what is drawn anew for each."""
    for entered in (case.name, "17/05/1990", "18/05/1990"):
        page = page.replace(entered, "")
    page = re.sub(rf"{number}( ?\d{{6}})?", "", page)
    page = re.sub(r'href="otpauth:[^"]*"|src="data:[^"]*"|[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}', "", page)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|nonce-?[^ >]+|[\w-]{43}", "", page)


@pytest.mark.parametrize("case", PAIRS.values(), ids=PAIRS)
def test_whoever_registers_is_answered_alike(world: World, case: Case) -> None:
    """G15, F5: same pages, headers and statements as for right details of a free number."""
    assert walk(world, case) == walk(world, RIGHT_DETAILS)


@pytest.mark.parametrize("held_with", [None, 2])
def test_a_name_without_marks_is_asked_about_whatever_the_register_says(
    world: World, held_with: int | None
) -> None:
    """C5: and it matches nothing: an official compares it."""
    bare = Case(is_in_register=True, name="Tran Van Binh", held_with=held_with)
    seen = walk(world, bare, address="198.51.100.193")
    assert seen == walk(world, Case(name="Tran Van Binh"), address="198.51.100.193")
    assert "The name has no marks" in str(seen[1][1])
    assert "The name has no marks" not in str(walk(world, Case(), address="198.51.100.193")[1][1])
    with world.transaction() as db:
        matched = select(Person.matched_at).where(Person.name == "Tran Van Binh")
        assert set(db.scalars(matched)) == {None}


def test_what_is_entered_wrongly_is_answered_otherwise(world: World) -> None:
    """G15: the control: a page that differs is seen to differ."""
    browser = world.browser()
    interaction = browser.open()
    assert send(browser, interaction, number=new_man(world), birthdate="31/02/1990") == "register"
    assert "There is no such date" in browser.get(f"/signin/{interaction}/register").text


@pytest.mark.parametrize("is_in_register", [True, False])
def test_knowing_what_an_id_card_says_proves_nothing(world: World, is_in_register: bool) -> None:
    """G2: number, name, birthdate and sex give proofing 0; that they match is remembered."""
    number, browser = new_man(world), world.browser()
    if is_in_register:
        world.add_to_register(number, "Trần Văn BÌNH")
    register(browser, browser.open(), number=number)
    session = browser.session()
    assert session is not None
    assert session.proofing == 0
    assert session.name == DECLARED["name"], "the register's spelling would tell that it matches"
    with world.transaction() as db:
        person = db.get_one(Person, session.person_id)
        assert (person.matched_at is not None) is is_in_register
        assert person.residence_code is None


def test_the_password_chosen_opens_the_account_with_the_number_that_was_given(
    world: World,
) -> None:
    number, browser = new_man(world), world.browser()
    register(browser, browser.open(), number=number)
    claim = claim_of(world, browser)
    assert claim.startswith(number)
    page = browser.get(f"/signin/{browser.open()}/confirm")
    assert page.status_code == 200
    assert f"{claim[:12]} {claim[12:]}" in page.text
    later = world.browser("a-browser-of-the-next-day-01234567")
    interaction = later.open()
    later.post(f"/signin/{interaction}/identifier", identifier=f"{claim[:12]} {claim[12:]}")
    later.refused(f"/signin/{interaction}/password", password="something else entirely")
    later.post(f"/signin/{interaction}/password", password=PASSWORD)
    assert later.session() is not None


@pytest.mark.parametrize("held_with", [None, 0, 2])
def test_an_unproven_account_is_never_found_by_the_number_alone(
    world: World, held_with: int | None
) -> None:
    """F5: else whoever registers a number learns by signing in whether somebody else has it."""
    number = new_man(world)
    if held_with is not None:
        number = world.add_account(proofing=held_with, number=number).number
    browser = world.browser()
    register(
        browser,
        browser.open(),
        number=number,
        password="một câu khác hẳn câu kia",
        again="một câu khác hẳn câu kia",
    )
    elsewhere = world.browser("a-browser-of-the-next-day-01234567")
    interaction = elsewhere.open()
    elsewhere.post(f"/signin/{interaction}/identifier", identifier=number)
    text = elsewhere.refused(f"/signin/{interaction}/password", password="một câu khác hẳn câu kia")
    assert "not right" in text
    assert elsewhere.session() is None


def test_nobody_loses_anything_to_who_only_says_so(world: World) -> None:
    """G2: any number of claims stand beside each other and beside a holder."""
    account = world.add_account(proofing=1)
    holder = world.browser("holders-browser-0123456789abcdef")
    holder.sign_in(holder.open(), account)
    claims = set()
    for n in range(3):
        browser = world.browser(f"a-claimants-browser-{n}-0123456789")
        register(browser, browser.open(), number=account.number)
        claims.add(claim_of(world, browser))
    assert len(claims) == 3
    assert holder.session() is not None
    with world.transaction() as db:
        person = db.get_one(Person, account.registered.person_id)
        assert person.status is PersonStatus.ACTIVE


def test_nothing_is_made_without_a_form_that_was_sent_before(world: World) -> None:
    browser, before = world.browser(), accounts(world)
    interaction = browser.open()
    path = f"/signin/{interaction}/compare"
    assert browser.get(path).headers["location"] == f"/signin/{interaction}/register"
    answer = browser.post(path, shown_at=f"/signin/{interaction}/register", **RIGHT)
    assert answer.headers["location"] == f"/signin/{interaction}/register"
    assert accounts(world) == before


def test_guessing_at_one_number_ends(world: World) -> None:
    number, limit = new_man(world), world.settings.throttle.source_limit // 10
    for n in range(limit + 1):
        browser = world.browser(address=f"198.51.100.{n}")
        interaction = browser.open()
        led_to = send(browser, interaction, number=number)
        assert led_to == ("confirm" if n < limit else "register")
    page = browser.get(f"/signin/{interaction}/register").text
    assert "Too many registrations" in page
    assert send(browser, interaction, number=new_man(world)) == "confirm"


def test_who_knows_a_number_alone_keeps_nobody_from_registering(world: World) -> None:
    """G2: forms that declare somebody else with it count apart."""
    number, limit = new_man(world), world.settings.throttle.source_limit // 10
    for n in range(limit + 1):
        stranger = world.browser(address=f"198.51.101.{n}")
        interaction = stranger.open()
        led_to = send(stranger, interaction, number=number, name="Kẻ Gian")
        assert led_to == ("confirm" if n < limit else "register")
    owner = world.browser(address="198.51.101.250")
    assert send(owner, owner.open(), number=number) == "confirm"


def test_one_form_does_not_make_any_number_of_accounts(world: World) -> None:
    """G2: a form that was counted once, agreed to again and again with the same cookies.

    Not within seconds: there it is the same form sent twice, and one account.
    """
    limit = world.settings.throttle.source_limit // 10
    browser, before = world.browser(address="198.51.100.200"), accounts(world)
    interaction = browser.open()
    assert send(browser, interaction, number=new_man(world), **ODD) == "compare"
    path, kept = f"/signin/{interaction}/compare", dict(browser.client.cookies)
    led_to = []
    for n in range(limit + 2):
        browser.client.cookies.clear()
        browser.client.cookies.update(kept)
        with clock.shifted(n * REPEATED_FOR):
            answer = browser.post(path, register="yes")
        led_to.append(answer.headers["location"].rpartition("/")[2])
    assert led_to == ["confirm"] * limit + ["register"] * 2
    assert accounts(world) == before + limit
    assert "Too many registrations" in browser.get(answer.headers["location"]).text


def test_journal_learns_nothing_of_a_slip(world: World) -> None:
    browser = world.browser()
    interaction = browser.open()
    with world.transaction() as db:
        before = db.scalar(select(func.count()).select_from(JournalEntry))
    assert send(browser, interaction, number=new_man(world), **ODD) == "compare"
    with world.transaction() as db:
        assert db.scalar(select(func.count()).select_from(JournalEntry)) == before
