"""How long a system waits from its request until it is live."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from idp.figures.lead_times import CHANGED, CREATED, count_lead_times
from idp.journal.month_replay import Told

LAST = date(2026, 10, 31)
SANDBOX, PRODUCTION = UUID(int=1), UUID(int=2)
SYSTEM_OF = {str(SANDBOX): "s", str(PRODUCTION): "s", str(UUID(int=3)): "t"}


def created(party: UUID, day: date, *, environment: str, state: str = "draft") -> Told:
    return Told(day, CREATED, party, {"environment": environment, "state": state})


def became(party: UUID, day: date, state: str) -> Told:
    return Told(day, CHANGED, party, {"from": "approved", "to": state, "reason": ""})


def counted(*told: Told, last: date = LAST) -> dict[str, int]:
    rows = count_lead_times(told, last_on=last, system_of=SYSTEM_OF, agency_of={"s": "a"})
    assert {k.figure: v for k, v in rows.items() if k.code == "a"} == {
        k.figure: v for k, v in rows.items() if not k.code
    } or any(party == UUID(int=3) for party in (each.relying_party_id for each in told))
    return {key.figure: value for key, value in rows.items() if not key.code}


def asked_and_live(asked: date, days: int) -> tuple[Told, ...]:
    return (
        created(SANDBOX, asked, environment="sandbox", state="live"),
        created(PRODUCTION, asked + timedelta(days=1), environment="production"),
        became(PRODUCTION, asked + timedelta(days=days), "live"),
    )


@pytest.mark.parametrize(("days", "in_time"), [(29, 1), (30, 1), (31, 0)])
def test_thirty_days_from_the_first_application_of_the_system(days: int, in_time: int) -> None:
    found = counted(*asked_and_live(date(2026, 3, 2), days))
    assert (found["LIVE"], found["LEAD_DAYS"], found["LIVE_DUE"]) == (1, days, 1)
    assert found.get("LIVE_IN_TIME", 0) == in_time


def test_who_never_goes_live_counts_against_the_share() -> None:
    asked = created(SANDBOX, date(2026, 3, 2), environment="sandbox", state="live")
    assert counted(asked) == {"LIVE_DUE": 1}


def test_a_sandbox_is_not_live_and_what_nobody_asked_for_waits_for_nothing() -> None:
    day = date(2026, 3, 2)
    assert counted(created(PRODUCTION, day, environment="production", state="live")) == {}
    suspended = (became(PRODUCTION, day + timedelta(days=90), "live"),)
    assert counted(*asked_and_live(day, 9), *suspended)["LEAD_DAYS"] == 9


def test_only_what_happened_by_the_end_of_the_month_and_in_its_twelve_counts() -> None:
    told = asked_and_live(date(2025, 3, 2), 9)
    assert counted(*told, last=date(2025, 3, 5)) == {}
    assert counted(*told, last=date(2025, 3, 31)) == {"LIVE": 1, "LEAD_DAYS": 9}
    assert counted(*told, last=date(2025, 4, 30))["LIVE_IN_TIME"] == 1
    assert counted(*told) == {}


def test_the_median_is_the_lower_of_two() -> None:
    other = UUID(int=3)
    told = (
        *asked_and_live(date(2026, 3, 2), 10),
        created(other, date(2026, 3, 2), environment="production"),
        became(other, date(2026, 4, 11), "live"),
    )
    assert counted(*told)["LEAD_DAYS"] == 10
