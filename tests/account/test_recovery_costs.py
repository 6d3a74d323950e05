"""How many SQL statements each page and form of a recovery may cost, BEGIN and COMMIT apart."""

from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from idp.account.recovery_visit import HAVE, PATH
from idp.recovery.cancelling import cancel_code, cancel_token
from tests.account.recovering import (
    HOURS,
    NEW,
    codes_to,
    let_pass,
    prove_address,
    row_of,
    taken_over,
    title,
    waiting,
    with_address,
)
from tests.account.recovering import world as world  # noqa: PLC0414 - a fixture
from tests.account.test_recovery_alike import hidden
from tests.signin.conftest import PASSWORD, Browser, World
from tests.support.statements import statements

Within = Callable[[int, str], AbstractContextManager[None]]


@pytest.fixture
def within(world: World) -> Within:
    @contextmanager
    def counted(budget: int, what: str) -> Any:
        with statements(world.app.state.runtime.engine) as sent:
            yield
        print(f"\n{what}: {len(sent)} of {budget}")
        assert len(sent) <= budget, f"{what}: {len(sent)}\n\n" + "\n\n".join(sent)

    return counted


def send(within: Within, budget: int, browser: Browser, path: str, **fields: str) -> None:
    shown_at = fields.pop("shown_at", PATH)
    form = {**hidden(browser, shown_at), **fields}
    with within(budget, f"POST {path}"):
        assert browser.client.post(path, data=form).status_code == 303


def test_the_way_with_an_app(world: World, within: Within) -> None:
    account, address = with_address(world)
    browser = world.browser(f"costs-{account.number}-0123456789", address="192.0.2.200")
    with within(0, "GET /recovery"):
        browser.get(HAVE)
    with within(1, "GET /recovery/address"):
        browser.get(PATH)
    send(within, 11, browser, PATH, number=account.number, contact=address)
    [code] = codes_to(world, account)
    send(within, 8, browser, f"{PATH}/code", code=code)
    with within(1, "GET the second step"):
        browser.get(PATH)
    send(within, 10, browser, f"{PATH}/second", kind="totp", second=account.code())
    with within(2, "GET the new password"):
        browser.get(PATH)
    send(within, 16, browser, f"{PATH}/password", password=NEW, again=NEW)
    assert title(browser) == "Your account is yours again"


def test_waiting_and_stopping(world: World, within: Within) -> None:
    account, address = with_address(world)
    browser = world.browser(f"waits-{account.number}-0123456789", address="192.0.2.201")
    prove_address(world, account, address, browser)
    send(within, 8, browser, f"{PATH}/wait")
    token = cancel_token(world.keyring, row_of(world, account).id)
    with within(1, "GET the link"):
        browser.get(f"{HAVE}/stop/{token}")
    path = f"{HAVE}/stop/{token}"
    send(within, 7, browser, path, shown_at=path)
    account, _, browser = waiting(world)
    code = cancel_code(world.keyring, row_of(world, account).id)
    path = f"{HAVE}/stop"
    send(within, 9, browser, path, shown_at=path, number=account.number, code=code)
    account, _, browser = waiting(world)
    send(within, 7, browser, f"{PATH}/stop")


def test_finishing_after_the_wait_and_taking_back(world: World, within: Within) -> None:
    account, address, browser = waiting(world)
    let_pass(world, account, 72 * HOURS)
    send(within, 9, browser, PATH, contact=address)
    send(within, 8, browser, f"{PATH}/code", code=codes_to(world, account)[-1])
    send(within, 30, browser, f"{PATH}/password", password=NEW, again=NEW)
    assert title(browser) == "Your account is yours again"
    account, _, _ = taken_over(world)
    owner = world.browser(f"owner-{account.number}-0123456789", address="192.0.2.202")
    path = f"{HAVE}/back"
    with within(0, "GET /recovery/back"):
        owner.get(path)
    shown = {"password": PASSWORD, "kind": "totp", "second": account.code()}
    send(within, 12, owner, path, shown_at=path, number=account.number, **shown)
    with within(3, "GET what happened"):
        owner.get(PATH)
    send(within, 41, owner, f"{PATH}/password", password=NEW, again=NEW)
    assert title(owner) == "Your account is yours again"
