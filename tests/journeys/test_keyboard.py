"""The stories by keyboard alone: focus is always seen, and where the page speaks it has focus."""

import pytest
from playwright.sync_api import Browser

from tests.support import stories
from tests.support.browser import visit
from tests.support.demo import Demo
from tests.support.hands import Keys

STORIES = (
    stories.register_as_a_newcomer,
    stories.return_to_a_service,
    stories.return_where_remembered,
    stories.go_on_to_another_service,
    stories.sign_in_at_a_device,
    stories.withdraw_a_consent,
    stories.register_an_application,
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_story_needs_no_mouse(demo: Demo, browser: Browser, story: stories.Story) -> None:
    with visit(browser, language="vi") as phone:
        stories.prepare(demo, phone, story)
        story(demo, Keys(phone.new_page()))
