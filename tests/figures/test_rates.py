"""Rates, gaps and the ladder, as pure functions."""

from datetime import date
from uuid import UUID

import pytest

from idp.figures.denominators import PUBLISHED, DenominatorKind, Population, find_population
from idp.figures.ladder import Step, accumulate_steps, reached_step
from idp.figures.rates import (
    Rate,
    target_rates,
)
from idp.relying_parties.login_evidence import LoginEvidence
from idp.settings.people import Target

AS_OF = date(2020, 6, 30)


def rates(persons: int | None, enterprises: int | None) -> dict[str, Rate]:
    counts = {"person": persons, "enterprise": enterprises}
    values = {
        (kind, "UNI_USED", "rolling_365"): count
        for kind, count in counts.items()
        if count is not None
    }
    rows = target_rates(values, PUBLISHED, as_of=AS_OF, target=Target(percent=20))
    return {row.subject_kind: row.rate for row in rows}


@pytest.mark.parametrize(
    ("numerator", "denominator", "gap"),
    [(0, 96_208_984, 19_241_797), (0, 714_755, 142_951), (19_241_796, 96_208_984, 1), (30, 100, 0)],
)
def test_gap_is_the_number_of_subjects_missing(numerator: int, denominator: int, gap: int) -> None:
    assert Rate(numerator, denominator).gap(Target(percent=20)) == gap


def test_unknown_stays_unknown() -> None:
    for rate in (Rate(None, 100), Rate(5, None), Rate(5, 0), Rate(1, 2) + Rate(5, None)):
        assert rate.percent is None
        assert rate.gap(Target(percent=20)) is None
    assert rates(1000, None)["pooled"].percent is None
    assert Rate(0, 100).percent == 0


def test_pooled_adds_both_kinds() -> None:
    pooled = rates(10_000_000, 300_000)["pooled"]
    assert (pooled.numerator, pooled.denominator) == (10_300_000, 96_208_984 + 758_610)


def test_denominator_is_the_newest_at_the_day_and_flagged_after_24_months() -> None:
    kind = DenominatorKind.ENTERPRISES
    newest = find_population(PUBLISHED, kind, AS_OF)
    assert newest is not None
    assert newest.value == 758_610
    earlier = find_population(PUBLISHED, kind, date(2019, 12, 30))
    assert earlier is not None
    assert earlier.value == 714_755
    assert find_population(PUBLISHED, kind, date(2018, 12, 30)) is None
    assert not newest.is_stale(date(2021, 12, 31))
    assert newest.is_stale(date(2022, 1, 1))
    leap = Population(kind, date(2024, 2, 29), 1, "source")
    assert not leap.is_stale(date(2026, 2, 28))
    assert leap.is_stale(date(2026, 3, 1))


def evidence(declared: bool, configured: bool, tested: bool, exclusive: bool) -> LoginEvidence:
    return LoginEvidence(
        service_id=UUID(int=1),
        is_declared=declared,
        is_configured=configured,
        is_tested=tested,
        is_exclusive=exclusive,
    )


def test_ladder_counts_a_service_on_every_rung_below_it() -> None:
    steps = [
        reached_step(evidence(False, False, True, True), is_in_use=False),
        reached_step(evidence(True, False, True, False), is_in_use=False),
        reached_step(evidence(True, True, False, False), is_in_use=False),
        reached_step(evidence(True, True, True, True), is_in_use=False),
        reached_step(evidence(False, True, False, False), is_in_use=True),
        reached_step(evidence(True, True, True, True), is_in_use=True),
    ]
    assert steps == list(Step)
    assert list(accumulate_steps(steps).values()) == [6, 5, 4, 3, 2, 1]
