"""T24: the last days of a request, by the country's day and its holidays."""

from datetime import UTC, date, datetime, timedelta

import pytest

from idp.kit import clock
from idp.personal_data.deadlines import (
    Deadline,
    deadline_of,
    due_days,
    extended,
    official_deadlines,
)
from idp.personal_data.models import RequestKind
from idp.personal_data.working_days import official_calendar


@pytest.mark.parametrize(
    ("received", "answer_on"),
    [
        ("2026-11-23", "2026-11-25"),  # a Monday: Wednesday
        ("2026-11-27", "2026-12-01"),  # a Friday: over the weekend
        ("2026-11-28", "2026-12-01"),  # a Saturday: as if on the Friday
        ("2026-02-13", "2026-02-24"),  # the Friday before Tết: a week off
        ("2026-04-24", "2026-04-29"),  # a Friday: Hùng Kings' Monday is off
        ("2026-04-29", "2026-05-05"),  # two days off, and the weekend
        ("2026-08-21", "2026-08-24"),  # a Saturday that is worked counts
        ("2026-08-28", "2026-09-04"),  # National Day, with the day exchanged
        ("2026-12-31", "2027-01-05"),  # New Year
    ],
)
def test_an_answer_is_due_after_two_working_days(received: str, answer_on: str) -> None:
    due = due_days(RequestKind.CORRECTION, on=date.fromisoformat(received))
    assert due.answer_on == date.fromisoformat(answer_on)


def test_a_request_of_friday_afternoon_before_a_holiday_is_of_that_day() -> None:
    """16:00 in Hà Nội on the Friday before Tết; one past midnight there is of the Saturday."""
    at = datetime(2026, 2, 13, 9, 0, tzinfo=UTC)
    assert due_days(RequestKind.COPY, on=clock.day_of(at)).answer_on == date(2026, 2, 24)
    late = datetime(2026, 11, 26, 17, 30, tzinfo=UTC)
    assert clock.day_of(late) == date(2026, 11, 27)
    assert due_days(RequestKind.COPY, on=clock.day_of(late)).answer_on == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("kind", "days"),
    [(RequestKind.CORRECTION, 10), (RequestKind.COPY, 10), (RequestKind.DELETION, 20)],
)
def test_what_was_asked_is_done_in_the_days_of_the_law(kind: RequestKind, days: int) -> None:
    monday = date(2026, 11, 2)
    done_on = due_days(kind, on=monday).done_on
    assert done_on == official_calendar().on_or_after(monday + timedelta(days=days))
    assert official_calendar().is_worked(done_on)
    later = extended(kind, due_on=done_on, received_on=monday)
    assert done_on + timedelta(days=15) <= later <= done_on + timedelta(days=17)


def test_a_last_day_that_is_off_is_the_next_that_is_not() -> None:
    assert due_days(RequestKind.COPY, on=date(2026, 8, 22)).done_on == date(2026, 9, 3)


def test_a_rule_holds_from_its_first_day() -> None:
    old, new = (
        Deadline(
            kind=RequestKind.COPY,
            answer_working_days=2,
            done_days=days,
            extension_days=15,
            valid_from=valid_from,
            source="",
        )
        for days, valid_from in ((10, date(2026, 1, 1)), (7, date(2027, 1, 1)))
    )
    for day, rule in ((date(2026, 12, 31), old), (date(2027, 1, 1), new), (date(2020, 1, 1), old)):
        assert deadline_of(RequestKind.COPY, on=day, rules=(new, old)) is rule


def test_every_kind_has_its_rule_and_every_row_its_source() -> None:
    assert {one.kind for one in official_deadlines()} == set(RequestKind)
    assert all(one.source for one in official_deadlines())


def test_beyond_what_was_announced_only_weekends_are_off() -> None:
    """Too early, never too late."""
    calendar = official_calendar()
    unknown = calendar.known_until.replace(year=calendar.known_until.year + 5)
    assert calendar.is_worked(unknown) == (unknown.weekday() < 5)
