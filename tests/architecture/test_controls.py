"""docs/controls.md says what the code does: its names are the code's."""

import re
from pathlib import Path

import pytest

from idp import rate_limits
from idp.factors.kinds import KINDS
from idp.factors.password import _SERVICE_WORDS
from tests.support.settings_page import settings_page

PAGE = (Path(__file__).parents[2] / "docs" / "controls.md").read_text("utf-8")


def section(title: str) -> str:
    """What stands under a heading."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_setting_it_names_exists() -> None:
    named = set(re.findall(r"`(IDP_\w+)`", PAGE))
    assert named <= set(re.findall(r"`(IDP_\w+)`", settings_page()))
    assert len(named) > 20


@pytest.mark.asvs("6.1.2")
def test_it_lists_the_words_no_password_may_be_made_of() -> None:
    words = section("Words no password may be made of").partition(",")[0]
    assert re.findall(r"`(\w+)`", words) == list(_SERVICE_WORDS)


@pytest.mark.asvs("6.1.3")
def test_it_lists_every_factor() -> None:
    ways = re.findall(r"^\| `(\w+)`", section("Ways to sign in"), re.MULTILINE)
    assert ways == list(KINDS)


@pytest.mark.asvs("2.1.3", "6.1.1")
def test_it_lists_every_limit() -> None:
    limits = {
        limit.name for limit in vars(rate_limits).values() if type(limit) is rate_limits.RateLimit
    }
    assert set(re.findall(r"`([\w-]+\.[a-z]+)`", section("Limits"))) == limits
