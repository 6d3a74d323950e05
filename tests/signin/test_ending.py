"""The last factor ends the sign-in at once: the opener's answer is the answer to its form."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.factors.models import FailureCounter
from idp.interactions.end import end_interaction
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.sessions.lookup import CurrentSession
from idp.web.ends import Ends
from tests.signin.conftest import PASSWORD, Account, Browser, World
from tests.signin.test_repeats import at_password, fill, is_same, losing, send_twice
from tests.support.app import changed_part

END = "https://rp.example/cb?code="


@contextmanager
def ended_here(world: World, *, by_another_tab: bool = False) -> Iterator[list[Any]]:
    """An opener that answers at once, with another code each time; the interactions it ended."""
    ended: list[Any] = []

    def answer(
        _request: Request, db: Session, interaction: Interaction, _session: CurrentSession
    ) -> Response:
        if by_another_tab:
            with world.transaction() as other:
                end_interaction(other, interaction_id=interaction.id)
        end_interaction(db, interaction_id=interaction.id)
        ended.append(interaction.id)
        return RedirectResponse(f"{END}{len(ended)}", status_code=303)

    with changed_part(world.app, Ends, answer=answer):
        yield ended


def at_last_step(world: World, step: str) -> tuple[Browser, str, dict[str, str]]:
    """A browser at the form that ends its sign-in, where that stands, and what it sends."""
    account: Account = world.add_account(totp=step == "otp")
    browser, interaction = at_password(world, account, authentication=2 if step == "otp" else 1)
    path = f"/signin/{interaction}/{step}"
    if step == "password":
        return browser, path, {"password": PASSWORD}
    browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    return browser, path, {"otp": account.code()}


@pytest.mark.parametrize("step", ["password", "otp"])
def test_the_last_factor_is_answered_by_the_opener(world: World, step: str) -> None:
    browser, path, fields = at_last_step(world, step)
    with ended_here(world) as ended:
        assert browser.post(path, **fields).headers["location"] == f"{END}1"
    assert len(ended) == 1
    assert browser.session()


def test_a_factor_that_is_not_the_last_leads_to_the_next(world: World) -> None:
    account = world.add_account()
    browser, interaction = at_password(world, account, authentication=2)
    with ended_here(world) as ended:
        answer = browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    assert answer.headers["location"] == f"/signin/{interaction}/otp"
    assert ended == []


@pytest.mark.parametrize("step", ["password", "otp"])
def test_who_never_got_the_answer_gets_the_same_code(world: World, step: str) -> None:
    browser, path, fields = at_last_step(world, step)
    with ended_here(world) as ended:
        first, second = send_twice(browser, path, **fields)
    assert is_same(first, second)
    assert second.headers["location"] == f"{END}1"
    assert len(ended) == 1
    assert browser.session()


@pytest.mark.parametrize("step", ["password", "otp"])
def test_who_got_the_answer_is_given_no_code_again(world: World, step: str) -> None:
    """It may be redeemed by then: presented twice it would revoke what it was redeemed for."""
    browser, path, fields = at_last_step(world, step)
    form = fill(browser, path, **fields)
    with ended_here(world) as ended:
        assert browser.client.post(path, data=form).headers["location"] == f"{END}1"
        again = browser.client.post(path, data=form)
    assert again.status_code == 400
    assert "location" not in again.headers
    assert len(ended) == 1
    assert browser.session()


def test_another_form_gets_nothing_of_the_end(world: World) -> None:
    browser, path, fields = at_last_step(world, "password")
    form = fill(browser, path, **fields)
    with ended_here(world) as ended, losing(browser):
        browser.client.post(path, data=form)
    assert browser.client.post(path, data={**form, "password": "another"}).status_code == 400
    assert len(ended) == 1
    assert browser.session() is None


def test_another_browser_gets_nothing_of_the_end(world: World) -> None:
    browser, path, fields = at_last_step(world, "password")
    form = fill(browser, path, **fields)
    with ended_here(world):
        browser.client.post(path, data=form)
    stranger = world.browser("another-browser-0123456789")
    assert "location" not in stranger.client.post(path, data=form).headers
    assert stranger.session() is None


@pytest.mark.parametrize("step", ["password", "otp"])
def test_an_end_in_another_tab_takes_nothing_back(world: World, step: str) -> None:
    """The factor was right: the session has it, no failure stays, and the way back tells more."""
    browser, path, fields = at_last_step(world, step)
    interaction = path.split("/")[2]
    before = world.events(interaction)
    with ended_here(world, by_another_tab=True):
        answer = browser.post(path, **fields)
    assert answer.headers["location"] == f"/authorize/resume/{interaction}"
    session = browser.session()
    assert session
    assert session.authentication == (2 if step == "otp" else 1)
    event = "session.raised" if step == "otp" else "session.started"
    assert world.events(interaction) == [*before, event]
    with world.transaction() as db:
        failures = select(func.count()).where(FailureCounter.clears_at > clock.now())
        assert db.scalar(failures) == 0
