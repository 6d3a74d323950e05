"""What the stories cost a person: pages, taps, typed characters, and what they load.

`make stories` prints the table.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.support import stories
from tests.support.browser import visit
from tests.support.demo import Demo
from tests.support.hands import Effort, Thumb

FIRST_BYTES, LATER_BYTES = 25_000, 8_000
"""Of the first of our pages, with all that it loads, and of any after it."""


@dataclass(frozen=True)
class Budget:
    """A story, and the most that it may cost. `requests` are those that leave the phone: what its
    browser has kept is none. `typed` has no code of an app or message in it.
    """

    walk: stories.Story
    pages: int
    requests: int
    kilobytes: float
    taps: int
    typed: int


BUDGETS = {
    "first sign-in of a newcomer": Budget(stories.register_as_a_newcomer, 5, 15, 42, 11, 45),
    "back in a new browser": Budget(stories.return_to_a_service, 5, 11, 27, 7, 38),
    "back where remembered": Budget(stories.return_where_remembered, 3, 8, 16, 4, 26),
    "on to a second service": Budget(stories.go_on_to_another_service, 2, 5, 8, 1, 0),
    "at a device, by phone": Budget(stories.sign_in_at_a_device, 5, 15, 38, 7, 47),
    "withdraw a consent": Budget(stories.withdraw_a_consent, 4, 5, 24, 4, 0),
    "register an application": Budget(stories.register_an_application, 6, 16, 50, 11, 88),
}


@pytest.fixture(scope="module")
def table() -> Iterator[list[str]]:
    """A line for each story that was walked; printed at the end."""
    lines = [
        "| story (375 px, vi) | pages | requests (redirects) | kB | taps | typed | copied |",
        "|---|---|---|---|---|---|---|",
    ]
    yield lines
    print("", *lines, sep="\n")


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone that was never here."""
    with visit(browser, language="vi") as context:
        yield context


@pytest.mark.parametrize("story", BUDGETS)
def test_a_story_costs_no_more_than_its_budget(
    demo: Demo, phone: BrowserContext, table: list[str], story: str
) -> None:
    budget = BUDGETS[story]
    stories.prepare(demo, phone, budget.walk)
    hands = Thumb(phone.new_page())
    budget.walk(demo, hands)
    effort = hands.effort
    table.append(line(story, effort))
    print(table[-1], [page.size for page in effort.pages])
    spent = (len(effort.pages), effort.requests, effort.size / 1000, effort.taps, effort.typed)
    allowed = (budget.pages, budget.requests, budget.kilobytes, budget.taps, budget.typed)
    assert all(one <= most for one, most in zip(spent, allowed, strict=True)), (spent, allowed)
    first, *later = [page.size for page in effort.pages if demo.issuer.endswith(page.origin)] or [0]
    assert first <= FIRST_BYTES
    assert all(size <= LATER_BYTES for size in later), later


def line(story: str, effort: Effort) -> str:
    """As the table has it."""
    sent = f"{effort.requests} ({effort.redirects}) | {effort.size / 1000:.1f}"
    hands = f"{effort.taps} | {effort.typed} | {effort.copied}"
    return f"| {story} | {len(effort.pages)} | {sent} | {hands} |"
