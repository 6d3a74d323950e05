"""A code by post makes a number one's own; asking for one tells and gives others nothing."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from idp.accounts import letter_batches
from idp.accounts.letter_batches import confirm_printed, note_returned, read_batch
from idp.accounts.lost import give_password
from idp.journal.actors import Actor, Capacity, acted_by
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.people.letters import TRIES, add_letter, erase_printed, find_letter, take_letter_code
from idp.people.models import LetterBatch, Person, PersonLetter
from idp.settings import Settings
from idp.settings.people import PostSettings
from idp.web.routes import room_router
from tests.signin.conftest import Browser, World
from tests.signin.test_register import PAIRS, RIGHT_DETAILS, Case, new_man, register, strip
from tests.support.app import room_app
from tests.support.letters import HOME, VALID, printed
from tests.support.statements import statements

ASK = {"ask": "yes"}
DAY = timedelta(days=1)
_addresses = count(1)


@pytest.fixture(scope="module")
def world(module_settings: Settings) -> Iterator[World]:
    """The sign-in pages of a provider that sends letters, and no mail."""
    post = PostSettings(is_offered=True)
    app = room_app(module_settings.model_copy(update={"post": post}), room_router("idp.signin"))
    yield World(app)
    app.state.runtime.engine.dispose()


def newcomer(
    world: World,
    case: Case = RIGHT_DETAILS,
    *,
    number: str = "",
    home: tuple[str, ...] | None = None,
    called: str = "",
) -> tuple[Browser, str, str]:
    """Someone who has registered: their browser, the page of letters, and their number.

    Each lives in a house of their own, unless it is said.
    """
    number = number or new_man(world)
    home = (f"Số {number[-4:]} phố Hàng Bài", *HOME[1:]) if home is None else home
    if case.is_in_register:
        world.add_to_register(number, called or "Trần Văn Bình", home=home)
    if case.held_with is not None:
        world.add_account(proofing=case.held_with, totp=False, number=number)
    browser = world.browser(address=f"198.51.101.{next(_addresses)}")
    interaction = browser.open(needed_acr="LoA2", needed_authentication=2)
    entered = {"number": number, "name": called or case.name, "birthdate": case.birthdate}
    assert register(browser, interaction, **entered) == "confirm"
    return browser, f"/signin/{interaction}/letter", number


def print_all(world: World, **values: Any) -> list[Any]:
    with world.transaction() as db:
        return list(printed(db, world.keyring, **values))


def code_of(world: World, browser: Browser) -> str:
    """What stands in the letter to the owner of this browser's account, who is printed alone."""
    [letter] = print_all(world)
    assert browser.session()
    return str(letter.code)


def rows(world: World, browser: Browser) -> list[PersonLetter]:
    session = browser.session()
    assert session
    with world.transaction() as db:
        own = select(PersonLetter).where(PersonLetter.person_id == session.person_id)
        found = list(db.scalars(own.order_by(PersonLetter.asked_at)))
        db.expunge_all()
        return found


def test_a_newcomer_without_mail_shows_possession_by_a_letter(world: World) -> None:
    """Proofing 1 is a match and a possession; days later, in another sign-in."""
    browser, path, number = newcomer(world)
    assert 'href="letter"' in browser.get(path.replace("letter", "confirm")).text
    page = browser.get(path).text
    assert "It takes up to 10 days" in page
    assert 'name="code"' not in page
    assert browser.post(path, **ASK).headers["location"] == path
    page = browser.get(path).text
    assert "Your letter is asked for" in page
    assert "the letter is with you within 10 days" in page
    assert "Hàng Bài" not in page
    [letter] = print_all(world)
    home = (f"Số {number[-4:]} phố Hàng Bài", *HOME[1:])
    assert (letter.name, letter.address.lines) == ("Trần Văn Bình", home)
    assert re.fullmatch(r"[0-9BCFGHJKMNPQRSTVXZ]{5}-[0-9BCFGHJKMNPQRSTVXZ]{5}", letter.code)
    assert "not right" in browser.refused(path, code="00000-00000")
    first = browser.session()
    assert first
    typed = letter.code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    answer = browser.post(path, code=typed)
    assert answer.headers["location"] == path.replace("letter", "enrol")
    session = browser.session()
    assert session
    assert (session.proofing, session.person_id) == (1, first.person_id)
    assert session.sid != first.sid
    with world.transaction() as db:
        person = db.get_one(Person, session.person_id)
        mine = JournalEntry.subject_number == person.subject_number
        events = list(db.scalars(select(JournalEntry.event).where(mine).order_by(JournalEntry.id)))
    assert [event for event in events if event.split(".")[0] in ("letter", "person")] == [
        *("person.registered", "letter.asked", "person.proofed"),
    ]
    assert browser.get(path).status_code == 303, "nothing is left to show"


def test_who_typed_a_name_without_marks_does_not_wait_for_nothing(world: World) -> None:
    """A card with marks differs from it: no letter would come."""
    browser, path, _ = newcomer(world, called="Tran Van Binh")
    assert "If your ID card writes it with marks, no code comes" in browser.get(path).text
    browser, path, _ = newcomer(world)
    assert "with marks" not in browser.get(path).text


def test_the_code_works_in_whichever_browser_its_person_signs_in(world: World) -> None:
    """Unlike a code by mail, since it takes days; and only in the account that asked."""
    browser, path, _ = newcomer(world)
    browser.post(path, **ASK)
    code = code_of(world, browser)
    other, elsewhere, _ = newcomer(world)
    other.post(elsewhere, **ASK)
    assert "not right" in other.refused(elsewhere, code=code), "another account"
    [mine] = rows(world, browser)
    assert mine.used_at is None
    assert browser.post(path, code=code).headers["location"].endswith("/enrol")
    assert print_all(world), "the other's letter"


@pytest.mark.parametrize("case", PAIRS.values(), ids=PAIRS)
def test_asking_for_a_letter_tells_nothing(world: World, case: Case) -> None:
    """The same page and statements wherever a letter goes, and where none does; printed or not."""

    def walk(case: Case) -> list[tuple[object, ...]]:
        browser, path, number = newcomer(world, case)
        seen: list[tuple[object, ...]] = []
        for step, entered in enumerate((ASK, {"code": "00000-00000"}, {"code": "11111"}, ASK)):
            if step == 2:
                print_all(world)
            with statements(world.app.state.runtime.engine) as sent:
                answer = browser.post(path, **entered)
            text = strip(browser.get(path).text, number, case)
            seen.append((answer.status_code, answer.headers["location"][-6:], text, len(sent)))
            seen.append(tuple(re.sub(r"%\(\w+\)s", "?", statement) for statement in sent))
        [row] = rows(world, browser)
        seen.append((row.tries_left, row.expires_at - row.asked_at > VALID))
        return seen

    assert walk(case) == walk(RIGHT_DETAILS)


@pytest.mark.parametrize(
    ("case", "home", "letters"),
    [
        (RIGHT_DETAILS, None, 1),
        (PAIRS["other spelling"], None, 1),
        (RIGHT_DETAILS, (), 0),
        (PAIRS["wrong birthdate"], None, 0),
        (PAIRS["wrong name"], None, 0),
        (PAIRS["unknown number"], None, 0),
    ],
)
def test_a_letter_goes_only_to_whom_the_register_knows(
    world: World, case: Case, home: tuple[str, ...] | None, letters: int
) -> None:
    """Who knows another's number, and not all else, has nothing sent to anybody."""
    browser, path, _ = newcomer(world, case, home=home)
    browser.post(path, **ASK)
    assert len(print_all(world)) == letters
    assert print_all(world) == [], "once"


def test_letters_are_few_whoever_asks(world: World) -> None:
    """One a day and three in thirty days for all who say they are this person."""
    number = new_man(world)
    asked = 0
    for day in range(4):
        with clock.shifted(day * DAY + timedelta(minutes=1)):
            browser, path, _ = newcomer(world, number=number)
            browser.post(path, **ASK)
            page = browser.get(path).text
            asked += "You asked for a letter" in page
            if day == 0:
                assert "none is sent before" in browser.refused(path, **ASK)
            if day == 3:
                assert "none is sent before" in page
    assert asked == 3
    print_all(world)


VILLAGE = ("Thôn 3", "xã Ea Kao", "tỉnh Đắk Lắk")


def fill_a_letter_box(
    world: World, asked: int, home: tuple[str, ...] = VILLAGE, *, taken: int = 0
) -> Browser:
    """So many of one name and address have asked, and six have their letter; the last of them."""
    for nth in range(asked):
        written = home if nth % 2 else (home[0].upper().replace(" ", "  "), *home[1:])
        browser, path, _ = newcomer(world, home=written)
        browser.post(path, **ASK)
    assert len(print_all(world)) == 6 - taken
    return browser


def test_a_letter_box_is_not_filled_by_asking_for_many_people(world: World) -> None:
    """Six to one name at one address, however it is written; the next waits, a neighbour's goes."""
    browser = fill_a_letter_box(world, 7)
    assert print_all(world) == []
    neighbour, path, _ = newcomer(world, home=VILLAGE, called="Trần Văn Hoà")
    neighbour.post(path, **ASK)
    assert [letter.name for letter in print_all(world)] == ["Trần Văn Hoà"]
    with clock.shifted(29 * DAY):
        assert print_all(world) == [], "the control"
    [waiting] = rows(world, browser)
    assert waiting.printed_at is None


def test_those_that_wait_on_keep_nobody_elses_from_being_printed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many are older, of a full letter box or of who prints; a batch is bounded still."""
    with world.transaction() as db:
        db.execute(update(PersonLetter).values(expires_at=clock.now()))
    blocked = fill_a_letter_box(world, 9, ("Ký túc xá Bách Khoa", *HOME[1:])).session()
    assert blocked
    own, path, _ = newcomer(world)
    own.post(path, **ASK)
    official = own.session()
    assert official
    for _ in range(3):
        browser, path, _ = newcomer(world)
        browser.post(path, **ASK)
    monkeypatch.setattr(letter_batches, "MOST", 1)
    monkeypatch.setattr(letter_batches, "_PAGES", 3)
    assert print_all(world, by=official.person_id) == [], "the control: as far as it looks"
    monkeypatch.setattr(letter_batches, "_PAGES", 10)
    assert len(print_all(world, by=official.person_id)) == 1
    monkeypatch.setattr(letter_batches, "MOST", 200)
    assert len(print_all(world, by=official.person_id)) == 2
    assert len(print_all(world)) == 1, "the official's own"


def test_another_letter_voids_the_one_before(world: World) -> None:
    browser, path, _ = newcomer(world)
    browser.post(path, **ASK)
    code = code_of(world, browser)
    with world.transaction() as db:
        session = browser.session()
        assert session
        [row] = db.scalars(select(PersonLetter).where(PersonLetter.person_id == session.person_id))
        row.asked_at -= DAY
    with world.transaction() as db:
        add_letter(db, person_id=session.person_id, at=clock.now())
    assert "not right" in browser.refused(path, code=code)
    [letter] = print_all(world)
    assert browser.post(path, code=letter.code).headers["location"].endswith("/enrol")


def test_guesses_end_with_the_letter(world: World) -> None:
    """Five a day, ten in all: then the right code is not read either."""
    browser, path, _ = newcomer(world)
    browser.post(path, **ASK)
    code = code_of(world, browser)
    for _ in range(5):
        assert "not right" in browser.refused(path, code="00000-00000")
    page = browser.refused(path, code=code)
    assert "Too many codes were typed" in page
    session = browser.session()
    assert session
    assert session.proofing == 0
    with world.transaction() as db:
        [row] = db.scalars(select(PersonLetter).where(PersonLetter.person_id == session.person_id))
        assert row.tries_left == TRIES - 5
        row.tries_left = 0
    assert "this one is not read any more" in browser.get(path).text


def test_a_code_ends_three_weeks_after_its_printing(world: World) -> None:
    browser, path, _ = newcomer(world)
    browser.post(path, **ASK)
    code = code_of(world, browser)
    session = browser.session()
    assert session
    with world.transaction() as db:
        [row] = db.scalars(select(PersonLetter).where(PersonLetter.person_id == session.person_id))
        assert row.printed_at
        assert VALID <= row.expires_at - row.printed_at < VALID + DAY
        row.expires_at = clock.now() - timedelta(seconds=1)
    assert browser.get(path).text.count('name="code"') == 0
    answer = browser.client.post(path, data={**_token(browser, path), "code": code})
    assert answer.headers["location"] == path
    live = browser.session()
    assert live
    assert live.proofing == 0


def _token(browser: Browser, path: str) -> dict[str, str]:
    found = re.search(r'name="csrf_token" value="([\w-]+)"', browser.get(path).text)
    assert found
    return {"csrf_token": found[1]}


def test_who_is_told_that_a_letter_came_back(world: World) -> None:
    """At the next sign-in; its code is good no more, wherever the paper is."""
    browser, path, _ = newcomer(world)
    browser.post(path, **ASK)
    [letter] = print_all(world)
    with world.transaction() as db:
        assert not note_returned(db, reference="0000000000", at=clock.now())
        spaced = f"{letter.reference[:5]} {letter.reference[5:]}"
        assert note_returned(db, reference=spaced, at=clock.now())
        assert not note_returned(db, reference=letter.reference, at=clock.now()), "once"
    page = browser.get(path).text
    assert "Your letter came back" in page
    assert 'name="code"' not in page
    answer = browser.client.post(path, data={**_token(browser, path), "code": letter.code})
    assert answer.headers["location"] == path
    live = browser.session()
    assert live
    assert live.proofing == 0
    with world.transaction() as db:
        found = find_letter(db, person_id=live.person_id, at=clock.now())
    assert found
    assert found.returned_at


def test_nobody_half_signed_in_asks_or_types(world: World) -> None:
    """Without a session the page leads to the start; nothing is asked for, no code is taken."""
    browser, path, _ = newcomer(world)
    browser.post(path, **ASK)
    code = code_of(world, browser)
    token = _token(browser, path)
    owner = browser.session()
    assert owner
    browser.client.cookies.delete(browser.names.session)
    for fields in (ASK, {"code": code}):
        answer = browser.client.post(path, data={**token, **fields})
        assert answer.status_code in (303, 400, 403)
        assert not answer.headers.get("location", "").endswith("/enrol")
    with world.transaction() as db:
        own = select(PersonLetter).where(PersonLetter.person_id == owner.person_id)
        [row] = db.scalars(own)
        assert row.used_at is None
        assert db.get_one(Person, owner.person_id).proofing == 0


def test_whom_a_letter_would_not_raise_is_led_on(world: World) -> None:
    """Of who was seen face to face a letter box says nothing."""
    account = world.add_account(proofing=2)
    browser = world.browser(address=f"198.51.101.{next(_addresses)}")
    interaction = browser.open(needed_acr="LoA2", needed_authentication=2)
    browser.sign_in(interaction, account, code=True)
    assert browser.get(f"/signin/{interaction}/letter").status_code == 303


def test_what_was_printed_is_read_by_its_official_alone_and_erased(world: World) -> None:
    """Another official, a later hour, or after they said that it is on paper: nothing."""

    def read(number: int, *, after: timedelta = timedelta()) -> object:
        with clock.shifted(after), world.transaction() as db:
            acted_by(db, Actor(Capacity.OPERATOR, number))
            return read_batch(db, keyring=world.keyring, batch_id=batch_id, at=clock.now())

    browser, path, _ = newcomer(world)
    browser.post(path, **ASK)
    assert print_all(world, number=7)
    with world.transaction() as db:
        newest = select(LetterBatch.id).order_by(LetterBatch.made_at.desc()).limit(1)
        batch_id = db.scalars(newest).one()
    assert read(7), "the control"
    assert read(8) is None
    assert read(7, after=timedelta(hours=1)) is None
    with world.transaction() as db:
        acted_by(db, Actor(Capacity.OPERATOR, 8))
        assert not confirm_printed(db, batch_id=batch_id, at=clock.now())
        acted_by(db, Actor(Capacity.OPERATOR, 7))
        assert confirm_printed(db, batch_id=batch_id, at=clock.now())
        assert not confirm_printed(db, batch_id=batch_id, at=clock.now()), "once"
    assert read(7) is None
    [row] = rows(world, browser)
    assert row.payload_encrypted is None
    assert row.code_hash is not None


def test_what_nobody_confirms_is_erased_within_the_hour(world: World) -> None:
    browser, path, _ = newcomer(world)
    browser.post(path, **ASK)
    assert print_all(world)
    assert rows(world, browser)[0].payload_encrypted is not None
    with clock.shifted(timedelta(minutes=61)), world.transaction() as db:
        assert erase_printed(db, at=clock.now()) >= 1
    assert rows(world, browser)[0].payload_encrypted is None


def test_nobody_prints_their_own_letter_and_a_reprint_has_another_code(world: World) -> None:
    browser, path, _ = newcomer(world)
    browser.post(path, **ASK)
    session = browser.session()
    assert session
    assert print_all(world, by=session.person_id) == []
    [first] = print_all(world)
    [row] = rows(world, browser)
    [second] = print_all(world, again=row.batch_id)
    assert (second.reference, second.address) == (first.reference, first.address)
    assert second.code != first.code
    assert "not right" in browser.refused(path, code=first.code)
    assert browser.post(path, code=second.code).headers["location"].endswith("/enrol")
    [used] = rows(world, browser)
    assert print_all(world, again=used.batch_id) == [], "none is left"


def test_a_letter_is_printed_again_once_to_the_end_of_the_first(world: World) -> None:
    """Else who prints would have a good code for ever, of one letter that was asked for."""
    browser, path, _ = newcomer(world)
    browser.post(path, **ASK)
    assert print_all(world)
    [first] = rows(world, browser)
    with clock.shifted(5 * DAY):
        assert len(print_all(world, again=first.batch_id)) == 1
    [second] = rows(world, browser)
    assert second.batch_id != first.batch_id
    assert (second.expires_at, second.printed_at) == (first.expires_at, first.printed_at)
    assert second.code_hash != first.code_hash
    for batch in (first.batch_id, second.batch_id):
        assert print_all(world, again=batch) == []
    [third] = rows(world, browser)
    assert third.code_hash == second.code_hash, "what is refused voids nothing"


def test_a_reprint_counts_as_another_letter(world: World) -> None:
    home = ("Thôn 7", *VILLAGE[1:])
    browser, path, _ = newcomer(world, home=home)
    browser.post(path, **ASK)
    assert print_all(world)
    [row] = rows(world, browser)
    assert len(print_all(world, again=row.batch_id)) == 1, "the second"
    last = fill_a_letter_box(world, 4, home, taken=2)
    [full] = rows(world, last)
    assert print_all(world, again=full.batch_id) == []
    assert rows(world, last)[0].code_hash == full.code_hash


def test_a_password_that_an_official_gives_voids_the_letter(world: World) -> None:
    """Who printed it has the code, and would have the whole account."""

    def takes(person_id: UUID, code: str) -> bool:
        with world.transaction() as db:
            return take_letter_code(
                db, code, keyring=world.keyring, person_id=person_id, at=clock.now()
            )

    codes = dict[UUID, str]()
    for _ in range(2):
        browser, path, _ = newcomer(world)
        browser.post(path, **ASK)
        session = browser.session()
        assert session
        codes[session.person_id] = code_of(world, browser)
    given, other = codes
    with world.transaction() as db:
        give_password(
            db,
            keyring=world.keyring,
            person_id=given,
            password_hash="$argon2id$other",
            has_factors=True,
            at=clock.now(),
        )
        batch = db.scalars(select(PersonLetter.batch_id).where(PersonLetter.person_id == given))
        batch_id = batch.one()
    assert not takes(given, codes[given])
    assert print_all(world, again=batch_id) == []
    assert takes(other, codes[other]), "the control"
    with world.transaction() as db:
        add_letter(db, person_id=given, at=clock.now())
    [letter] = print_all(world)
    assert takes(given, letter.code), "they may ask again"


def test_a_letter_has_no_others_number(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, path, _ = newcomer(world)
    browser.post(path, **ASK)
    [taken] = rows(world, browser)
    free = f"{(int(taken.reference) + 1) % 10**10:010}"
    drawn = iter([taken.reference, taken.reference, free])
    monkeypatch.setattr("idp.people.letters.secrets.randbelow", lambda _: int(next(drawn)))
    with world.transaction() as db:
        add_letter(db, person_id=taken.person_id, at=clock.now())
    assert [row.reference for row in rows(world, browser)] == [taken.reference, free]
    monkeypatch.setattr("idp.people.letters.secrets.randbelow", lambda _: int(free))
    with pytest.raises(RuntimeError), world.transaction() as db:
        add_letter(db, person_id=taken.person_id, at=clock.now())
    monkeypatch.undo()
    assert len(print_all(world)) == 1
