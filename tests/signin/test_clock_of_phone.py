"""A phone whose clock is off shows codes of another time: the person and the support hear of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.journal.models import JournalEntry
from idp.kit import clock
from tests.signin.conftest import Account, Browser, World

CLOCK = "Check the clock of your phone"


def at_code(world: World) -> tuple[Account, Browser, str]:
    account, browser = world.add_account(), world.browser()
    interaction = browser.open(needed_authentication=2)
    browser.sign_in(interaction, account)
    return account, browser, f"/signin/{interaction}/otp"


def misses(world: World, path: str) -> list[dict[str, int]]:
    """What the journal says of each wrong code."""
    with world.transaction() as db:
        found = select(JournalEntry.data).where(
            JournalEntry.sign_in_id == path.split("/")[2],
            JournalEntry.event == "signin.attempt_failed",
        )
        return list(db.scalars(found.order_by(JournalEntry.id)))


@pytest.mark.parametrize("minutes", [-9, -2, -1, 1, 5])
def test_after_the_second_miss_the_page_says_to_check_the_phones_clock(
    world: World, minutes: int
) -> None:
    """A7: not after the first, which may be a slip; the journal has the step of each."""
    account, browser, path = at_code(world)
    off = timedelta(minutes=minutes)
    first = browser.refused(path, otp=account.code(clock.now() + off))
    later = off + timedelta(seconds=30 if minutes > 0 else -30)
    second = browser.refused(path, otp=account.code(clock.now() + later))
    assert (CLOCK in first, CLOCK in second) == (False, True)
    [told, _] = [data["steps_away"] for data in misses(world, path)]
    assert told in (2 * minutes, 2 * minutes - 1), "one less when a step began meanwhile"
    with clock.shifted(timedelta(minutes=10)):
        answer = browser.post(path, otp=account.code())
        assert "/authorize/resume/" in answer.headers["location"]


def test_a_code_of_no_time_near_belongs_to_no_step(world: World) -> None:
    """A7: a slip of the finger; and the page never says when a code would be right."""
    account, browser, path = at_code(world)
    near = {account.code(clock.now() + timedelta(seconds=30 * n)) for n in range(-25, 26)}
    slip = next(code for code in ("000000", "111111", "222222") if code not in near)
    browser.refused(path, otp=slip)
    assert misses(world, path) == [{}]
    page = browser.refused(path, otp=account.code(clock.now() + timedelta(minutes=3)))
    assert CLOCK in page
    assert "3" not in page[page.index(CLOCK) : page.index(CLOCK) + 160]
