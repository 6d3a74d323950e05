"""T20: what text messages a day may bring: said before, an alarm once, and a count that holds."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.people.text_budget import TextBudget, Use

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
NOON = datetime(2026, 12, 2, 5, tzinfo=UTC)
"""In Vietnam."""


def test_the_budget_is_a_days_and_the_alarm_sounds_once(db: Session) -> None:
    budget = TextBudget(keyring=KEYRING, most=10)
    with capture_logs() as said:
        uses = [Use.CODE, Use.NEWS] * 6 + [Use.CODE]
        spent = [budget.spend(db, use, at=NOON) for use in uses]
    assert spent == [True] * 10 + [False] * 3
    events = [(one["event"], one["log_level"], one["spent"]) for one in said]
    assert events == [("sms.budget_near", "warning", 8), ("sms.budget_spent", "error", 10)]
    assert budget.spent(db, at=NOON) == 10
    assert [budget.is_near(spent) for spent in (7, 8, 10)] == [False, True, True]


@pytest.mark.parametrize(("masses", "other"), [(Use.CODE, Use.NEWS), (Use.NEWS, Use.CODE)])
def test_what_is_sent_in_masses_leaves_a_fifth_of_the_day_to_the_other(
    db: Session, masses: Use, other: Use
) -> None:
    """Pumped codes silence no notice; much news keeps nobody from a code. Operators are told."""
    budget = TextBudget(keyring=KEYRING, most=10)
    with capture_logs() as said:
        assert [budget.spend(db, masses, at=NOON) for _ in range(9)] == [True] * 8 + [False]
    assert [one["event"] for one in said] == ["sms.budget_near", "sms.share_spent"]
    assert [budget.is_spent(db, use, at=NOON) for use in (masses, other)] == [True, False]
    assert [budget.spend(db, other, at=NOON) for _ in range(3)] == [True, True, False]
    assert budget.spent(db, at=NOON) == 10, "what was refused was not counted"


def test_of_codes_two_fifths_of_a_day_are_for_who_is_not_signed_in(db: Session) -> None:
    """Whoever bought a list of numbers and telephones leaves people the codes of their accounts."""
    budget = TextBudget(keyring=KEYRING, most=10)
    with capture_logs() as said:
        spent = [budget.spend(db, Use.RECOVERY, at=NOON) for _ in range(5)]
    assert spent == [True] * 4 + [False]
    assert [(one["event"], one["use"]) for one in said] == [("sms.share_spent", "recovery")]
    assert budget.is_spent(db, Use.RECOVERY, at=NOON)
    assert [budget.spend(db, Use.CODE, at=NOON) for _ in range(5)] == [True] * 4 + [False]
    assert [budget.spend(db, Use.NEWS, at=NOON) for _ in range(3)] == [True] * 2 + [False]
    assert budget.spent(db, at=NOON) == 10


def test_what_is_not_meant_spends_nothing(db: Session) -> None:
    """Whose number nobody has gets the same statements. What is meant is the control."""
    budget = TextBudget(keyring=KEYRING, most=2)
    assert all(budget.spend(db, Use.CODE, at=NOON, is_meant=False) for _ in range(5))
    assert not budget.is_spent(db, Use.CODE, at=NOON)
    assert budget.spend(db, Use.CODE, at=NOON)
    assert budget.is_spent(db, Use.CODE, at=NOON)


def test_it_begins_anew_at_the_countrys_midnight(db: Session) -> None:
    """17:00 UTC, where the country is seven hours ahead; not 24 hours after the first."""
    budget = TextBudget(keyring=KEYRING, most=1)
    midnight = datetime(2026, 12, 2, 17, tzinfo=UTC)
    assert budget.spend(db, Use.CODE, at=midnight - timedelta(seconds=2))
    assert not budget.spend(db, Use.CODE, at=midnight - timedelta(seconds=1))
    assert budget.spend(db, Use.CODE, at=midnight)
    assert not budget.spend(db, Use.CODE, at=midnight + timedelta(hours=23, minutes=59))


def test_what_is_taken_back_can_be_spent(db: Session) -> None:
    budget = TextBudget(keyring=KEYRING, most=1)
    assert budget.spend(db, Use.CODE, at=NOON)
    budget.take_back(db, Use.CODE, at=NOON)
    assert budget.spend(db, Use.CODE, at=NOON)


def test_of_fifty_at_once_no_more_are_spent_than_there_are(engine: Engine) -> None:
    budget = TextBudget(keyring=KEYRING, most=20)

    def spend(nth: int) -> bool:
        with transaction(engine) as db:
            return budget.spend(db, [*Use][nth % 2], at=NOON + timedelta(days=9))

    with capture_logs() as said, ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(spend, range(50))) == 20
    assert [one["event"] for one in said] == ["sms.budget_near", "sms.budget_spent"]
