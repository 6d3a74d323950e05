"""Two browsers and fifty threads at the forms that get an account back, and at a contact's own."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import select

from idp.account.recovery_visit import PATH
from idp.kit import clock
from idp.people.models import ContactKind
from idp.recovery.models import Recovery, State
from tests.account import recovering
from tests.account.recovering import (
    NEW,
    codes_to,
    epoch,
    prove_address,
    row_of,
    title,
    with_address,
    with_number,
)
from tests.account.test_recovery_alike import hidden
from tests.signin.conftest import Account, Browser, World

world = recovering.texting_world
FIFTY = 50


def at_once(act: Callable[[int], object], *, times: int = FIFTY) -> Counter[object]:
    with ThreadPoolExecutor(times) as threads:
        return Counter(threads.map(act, range(times)))


def press(browser: Browser, path: str, **fields: str) -> int:
    """Until it is answered by somebody who is not busy."""
    token: dict[str, str] = {}
    while not token:
        token = hidden(browser, PATH)
    form = {**token, **fields}
    answer = browser.client.post(path, data=form)
    while answer.status_code == 503:
        answer = browser.client.post(path, data=form)
    return int(answer.status_code)


def of_person(world: World, account: Account) -> list[State]:
    mine = Recovery.person_id == account.registered.person_id
    with world.transaction() as db:
        return list(db.scalars(select(Recovery.state).where(mine)))


def test_fifty_browsers_of_fifty_sources_get_ten_codes_for_one_pair(world: World) -> None:
    for kind, make in ((ContactKind.EMAIL, with_address), (ContactKind.PHONE, with_number)):
        account, contact = make(world)

        def ask(
            nth: int, number: str = account.number, contact: str = contact, kind: str = kind
        ) -> int:
            name = f"one-of-fifty-{kind}-{nth}-0123456789"
            browser = world.browser(name, address=f"203.0.{nth}.{len(kind)}")
            return press(browser, PATH, number=number, contact=contact)

        assert set(at_once(ask)) == {303}
        assert len(codes_to(world, account, kind=kind)) == 10


def test_of_fifty_guesses_at_a_code_five_are_read(world: World) -> None:
    account, number = with_number(world)
    browser = world.browser("guesses-with-fifty-threads-0123456789")
    browser.post(PATH, number=account.number, contact=number)
    [code] = codes_to(world, account, kind=ContactKind.PHONE)
    wrong = [f"{nth:06}" for nth in range(FIFTY + 1) if f"{nth:06}" != code]
    token = hidden(browser, PATH)

    def guess(nth: int) -> int:
        one = world.browser("guesses-with-fifty-threads-0123456789", address=f"203.0.113.{nth}")
        for cookie in browser.client.cookies.jar:
            one.client.cookies.jar.set_cookie(cookie)
        answer = one.client.post(f"{PATH}/code", data={**token, "code": wrong[nth]})
        while answer.status_code == 503:
            answer = one.client.post(f"{PATH}/code", data={**token, "code": wrong[nth]})
        return int(answer.status_code)

    assert set(at_once(guess)) == {303}
    assert row_of(world, account).code_tries == 0
    browser.post(f"{PATH}/code", shown_at=PATH, code=code)
    assert row_of(world, account).state is State.BEGUN


def test_two_browsers_that_wait_at_once_are_one(world: World) -> None:
    account, address = with_address(world)
    both = [world.browser(f"one-of-two-{nth}-0123456789012") for nth in range(2)]
    for browser in both:
        with clock.shifted(timedelta(minutes=1)):
            prove_address(world, account, address, browser)
        assert title(browser) == "Do you have one of these?"
    with clock.shifted(timedelta(minutes=2)):
        at_once(lambda nth: press(both[nth], f"{PATH}/wait"), times=2)
    assert sorted(of_person(world, account)) == [State.PROVED, State.WAITING]


def test_two_browsers_that_finish_at_once_set_one_password(world: World) -> None:
    """Both had the code of the address, on an account with a password alone."""
    account, address = with_address(world, totp=False)
    before = epoch(world, account)
    both = [world.browser(f"sets-it-too-{nth}-0123456789012") for nth in range(2)]
    for browser in both:
        prove_address(world, account, address, browser)
        assert title(browser) == "Choose a new password"
    at_once(lambda nth: press(both[nth], f"{PATH}/password", password=NEW, again=NEW), times=2)
    assert epoch(world, account) == before + 1
    assert sorted(of_person(world, account)) == [State.CANCELLED, State.DONE]
