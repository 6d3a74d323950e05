"""Every requirement of ASVS 5.0 up to level 2 has a test that shows it met, or says why not."""

import re
from collections import Counter

import pytest

from tests.support.asvs_page import (
    BY_TEST,
    NOT_MET,
    PAGE,
    ROOT,
    VERDICTS,
    asvs_page,
    marked_tests,
    requirements,
)

LISTED = {requirement.number: requirement for requirement in requirements()}
MARKED = marked_tests()
SKIPPED = re.compile(r"\b(mark\.(skip|skipif|xfail)|pytest\.(skip|xfail|importorskip))\b")
MADE_OF = {1: 70, 2: 183}
"""How many requirements the standard has on each level."""


def test_the_list_has_every_requirement_once() -> None:
    assert Counter(requirement.level for requirement in requirements()) == MADE_OF
    assert len(LISTED) == len(requirements())
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", number) for number in LISTED)


@pytest.mark.parametrize("number", LISTED)
def test_a_requirement_has_a_test_or_a_reason(number: str) -> None:
    """Not both: one that is not met may say which tests show a part of it."""
    requirement, tests = LISTED[number], MARKED.get(number, [])
    assert requirement.verdict in VERDICTS
    assert requirement.reason or requirement.verdict == BY_TEST
    if requirement.verdict != NOT_MET:
        assert bool(tests) is (requirement.verdict == BY_TEST)


def test_a_marker_names_a_requirement_and_stands_where_tests_run() -> None:
    for number, tests in MARKED.items():
        assert number in LISTED
        for test in tests:
            assert test.name.startswith("test_"), test
            assert not SKIPPED.search((ROOT / "tests" / test.path).read_text("utf-8")), test


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == asvs_page()
