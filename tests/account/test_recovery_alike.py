"""Each form of a recovery, for all alike: strangers, who presses twice, another browser."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from idp.account.recovery_visit import HAVE, PATH
from idp.kit import clock
from idp.recovery.models import Recovery, State
from tests.account.recovering import (
    HOURS,
    NEW,
    codes_to,
    epoch,
    finish_it,
    let_pass,
    prove_address,
    row_of,
    title,
    waiting,
    with_address,
)
from tests.account.recovering import world as world  # noqa: PLC0414 - a fixture
from tests.signin.conftest import PASSWORD, Browser, World
from tests.support.statements import statements

BACK = f"{HAVE}/back"
STEPS = ("code", "second", "wait", "stop", "password")


def hidden(browser: Browser, path: str) -> dict[str, str]:
    found = re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', browser.get(path).text)
    return dict(found)


def seen(browser: Browser, path: str, *, shown_at: str = "", **fields: str) -> tuple[object, ...]:
    """All that a stranger sees of an answer, and how many statements it took."""
    token = hidden(browser, shown_at or path)
    with statements(browser.app.state.runtime.engine) as sent:
        answer = browser.client.post(path, data={**token, **fields})
    where = answer.headers["location"]
    page = re.sub(r'(nonce|value|data-options)="[^"]*"|nonce-[\w-]+', "", browser.get(where).text)
    names = tuple(sorted(set(answer.headers) - {"date"}))
    return (answer.status_code, where, names, page, len(sent))


def test_known_and_unknown_numbers_get_the_same_answers_for_the_same_statements(
    world: World,
) -> None:
    """Text, status, headers and statements, at each form that takes a number, and the code's."""
    account, address = with_address(world)
    other, _ = with_address(world)
    bare = world.add_account()
    tried = (account.number, other.number, bare.number, world.new_number())
    asked, typed, shown = set(), set(), set()
    for index, number in enumerate(tried):
        name, source = f"stranger-{index}-{number}-012345", f"192.0.2.{100 + index}"
        browser = world.browser(name, address=source)
        asked.add(seen(browser, PATH, number=number, contact=address))
        typed.add(seen(browser, f"{PATH}/code", shown_at=PATH, code="00000"))
        before = {"password": PASSWORD, "kind": "totp", "second": "000000"}
        shown.add(seen(browser, BACK, number=number, **before))
    assert [len(each) for each in (asked, typed, shown)] == [1, 1, 1]


def test_pressed_twice_a_code_is_sent_once_and_the_second_press_is_answered_alike(
    world: World,
) -> None:
    account, address = with_address(world)
    browser = world.browser("presses-twice-0123456789012")
    form = {**hidden(browser, PATH), "number": account.number, "contact": address}
    first, again = (browser.client.post(PATH, data=form) for _ in range(2))
    assert first.headers["location"] == again.headers["location"] == PATH
    assert title(browser) == "Type the code"
    assert "A code was asked for just now" not in browser.get(PATH).text
    assert len(codes_to(world, account)) == 1


def test_each_form_sent_at_once_by_eight_is_judged_once(world: World) -> None:
    """Also the app's code: whose second press is refused as used would read that it was wrong."""
    account, address = with_address(world)
    browser = world.browser("eight-presses-0123456789012")

    def press(path: str, **fields: str) -> set[tuple[int, str]]:
        form = {**hidden(browser, PATH), **fields}
        cookies = list(browser.client.cookies.jar)

        def send(_: int) -> tuple[int, str]:
            one = world.browser("eight-presses-0123456789012")
            for cookie in cookies:
                one.client.cookies.jar.set_cookie(cookie)
            answer = one.client.post(path, data=form)
            while answer.status_code == 503:
                answer = one.client.post(path, data=form)
            answers.append(one)
            return answer.status_code, answer.headers.get("location", "")

        answers: list[Browser] = []
        with ThreadPoolExecutor(4) as threads:
            came = set(threads.map(send, range(8)))
        for cookie in answers[-1].client.cookies.jar:
            browser.client.cookies.jar.set_cookie(cookie)
        return came

    assert press(PATH, number=account.number, contact=address) == {(303, PATH)}
    [code] = codes_to(world, account)
    assert press(f"{PATH}/code", code=code) == {(303, PATH)}
    assert title(browser) == "Do you have one of these?"
    before = account.code()
    assert press(f"{PATH}/second", kind="totp", second=before) == {(303, PATH)}
    assert title(browser) == "Choose a new password"
    assert 'class="field-error"' not in browser.get(PATH).text
    assert press(f"{PATH}/password", password=NEW, again=NEW) == {(303, PATH)}
    assert "Your new password is set." in browser.get(PATH).text


def test_the_same_wrong_code_is_a_new_attempt_for_who_has_read_the_answer(world: World) -> None:
    account, address = with_address(world)
    browser = world.browser("types-it-again-0123456789012")
    browser.post(PATH, number=account.number, contact=address)
    for left in (4, 3):
        browser.post(f"{PATH}/code", shown_at=PATH, code="12345")
        assert row_of(world, account).code_tries == left


def test_a_step_carried_to_another_browser_gets_what_a_sign_ins_steps_give(world: World) -> None:
    account, _, _ = waiting(world)
    other = world.browser("carries-a-step-0123456789012")
    elsewhere = other.get("/signin/00000000-0000-4000-8000-000000000000/password")
    for step in STEPS:
        answer = other.post(f"{PATH}/{step}", shown_at=PATH, code="1", second="1", password=NEW)
        assert answer.status_code == elsewhere.status_code == 400
        assert "was begun in another browser" in answer.text
        assert "was begun in another browser" in elsewhere.text
    assert row_of(world, account).state is State.WAITING


def test_steps_are_neither_skipped_nor_replayed(world: World) -> None:
    """Out of their order they lead to the one that is next, and change nothing."""
    account, address = with_address(world)
    browser, before = world.browser("skips-steps-01234567890123"), epoch(world, account)
    browser.post(PATH, number=account.number, contact=address)
    for step in ("second", "wait", "password"):
        form = {"kind": "totp", "second": account.code(), "password": NEW, "again": NEW}
        answer = browser.post(f"{PATH}/{step}", shown_at=PATH, **form)
        assert (answer.status_code, answer.headers["location"]) == (303, PATH)
        assert title(browser) == "Type the code"
    [code] = codes_to(world, account)
    browser.post(f"{PATH}/code", shown_at=PATH, code=code)
    browser.post(f"{PATH}/password", shown_at=PATH, password=NEW, again=NEW)
    assert title(browser) == "Do you have one of these?"
    browser.post(f"{PATH}/code", shown_at=PATH, code=code)
    assert title(browser) == "Do you have one of these?", "replayed"
    assert epoch(world, account) == before


@pytest.mark.parametrize("step", ["code", "second", "password"])
def test_at_a_shared_computer_one_ends_and_the_next_finds_nothing(world: World, step: str) -> None:
    account, address = with_address(world)
    browser = world.browser(f"kiosk-{step}-{account.number}-01234")
    browser.post(PATH, number=account.number, contact=address)
    if step != "code":
        browser.post(f"{PATH}/code", shown_at=PATH, code=codes_to(world, account)[-1])
    if step == "password":
        browser.post(f"{PATH}/second", shown_at=PATH, kind="totp", second=account.code())
    browser.post(f"{PATH}/stop", shown_at=PATH)
    assert "It is ended in this browser." in browser.get(HAVE).text
    page = browser.get(PATH).text
    assert title(browser) == "Get your account back"
    assert account.number not in page
    assert address not in page
    with world.transaction() as db:
        mine = Recovery.person_id == account.registered.person_id
        assert db.scalar(select(func.count()).where(mine)) == 0
    prove_address(world, account, address, world.browser(f"another-{step}-0123456789012"))


def test_what_a_refused_form_typed_is_dropped_by_whoever_begins_anew(world: World) -> None:
    account, _ = with_address(world)
    browser = world.browser(f"typed-{account.number}-0123456789")
    browser.post(PATH, number=account.number, contact="no address")
    assert account.number in browser.get(PATH).text, "who typed it corrects it"
    browser.get(HAVE)
    assert account.number not in browser.get(PATH).text


def test_half_an_hour_later_nobody_reads_that_an_account_was_got_back(world: World) -> None:
    account, address, browser = waiting(world)
    let_pass(world, account, 72 * HOURS)
    assert finish_it(world, account, address, browser) == "Your account is yours again"
    with clock.shifted(HOURS):
        assert title(browser) == "Get your account back"


def test_after_ending_here_the_next_user_finds_nothing_that_was_typed(world: World) -> None:
    """At a kiosk: each step says so, and the cookie of a refused form is taken back at once."""
    account, address = with_address(world)
    browser = world.browser("a-kiosk-in-a-hall-0123456789")
    kept = browser.names.kept
    browser.post(PATH, number=account.number, contact="no-address")
    page = browser.get(PATH).text
    assert account.number in page, "the control: a refused form keeps what was typed"
    assert "On a shared computer, leave this way" in page
    browser.get(HAVE)
    assert kept not in browser.client.cookies
    assert account.number not in browser.get(PATH).text
    browser.post(PATH, number=account.number, contact=address)
    browser.post(f"{PATH}/code", shown_at=PATH, code="000000")
    assert kept in browser.client.cookies, "the control: what is wrong with it waits for the page"
    page = browser.get(PATH).text
    assert "On a shared computer, end here before you leave" in page
    browser.post(f"{PATH}/stop", shown_at=PATH)
    assert kept not in browser.client.cookies
    page = browser.get(HAVE).text + browser.get(PATH).text
    assert "nothing typed is kept here" in page
    for trace in (account.number, address, "Type the code"):
        assert trace not in page, trace
