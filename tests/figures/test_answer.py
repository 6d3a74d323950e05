"""The verdict of a frozen month, as a pure function."""

from datetime import UTC, date, datetime

import pytest

from idp.figures.answer import Answer, Verdict, answer
from idp.figures.denominators import PUBLISHED
from idp.figures.frozen import FrozenMonth
from idp.settings.people import Target

MONTH = FrozenMonth(
    number=1,
    month_on=date(2020, 6, 30),
    revision=0,
    reason="",
    frozen_at=datetime(2020, 7, 1, tzinfo=UTC),
    code_version="",
    definitions_version="",
    rows_hash=b"",
)
RESIDENTS, ENTERPRISES = 96_208_984, 758_610


def told(
    persons: int,
    enterprises: int,
    *,
    residents: int | None = RESIDENTS,
    companies: int | None = ENTERPRISES,
) -> Answer:
    values = {
        ("person", "UNI_USED", "months_12"): persons,
        ("enterprise", "UNI_USED", "months_12"): enterprises,
    }
    everyone = {"person": residents, "enterprise": companies}
    values |= {(kind, "POP", "at_day"): n for kind, n in everyone.items() if n is not None}
    return answer(values, PUBLISHED, month=MONTH, target=Target(percent=20))


def test_the_lower_kind_stands_first() -> None:
    assert told(10_000_000, 300_000).kinds[0].subject_kind == "person"
    assert told(30_000_000, 100_000).kinds[0].subject_kind == "enterprise"


def test_it_is_met_only_if_both_kinds_are_by_whole_subjects() -> None:
    reached = -(-RESIDENTS * 20 // 100)
    assert told(reached, 300_000).verdict is Verdict.MET
    assert told(reached - 1, 300_000).verdict is Verdict.NOT_YET
    assert told(reached, 100_000).verdict is Verdict.NOT_YET


@pytest.mark.parametrize("unknown", ["residents", "companies"])
def test_a_kind_without_a_denominator_makes_it_unknown(unknown: str) -> None:
    """D1: reached by one kind alone is not reached; it may be the other that is lower."""
    found = told(30_000_000, 300_000, **{unknown: None})
    assert found.verdict is Verdict.UNKNOWN
    assert found.kinds[0].rate.percent is None
    assert told(30_000_000, 300_000).verdict is Verdict.MET
