"""What the demo's history tells: who surges, who stalls, who comes late, and what is revised."""

from datetime import date, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from idp.demo.calendar import Calendar
from idp.demo.residents import make_residents
from idp.demo.seed import MONTHS, seed_country
from idp.demo.stories import (
    REASON,
    RIGHT,
    STALLED,
    SURGING,
    WRONG,
    choose,
    correct_homes,
    has_stalled_at,
    registered_at,
)
from idp.figures.days import DAY, month_start
from idp.figures.month_recount import verify_months
from idp.figures.slices import by_place, list_freezes, list_months, list_whole_months, read_month
from idp.journal.models import JournalEntry
from idp.journal.record import copy_entries, entry
from idp.places.load import MERGER, read_provinces
from idp.settings import Settings

YESTERDAY = date(2026, 11, 29)
CALENDAR = Calendar(date(2024, 5, 1), YESTERDAY, ZoneInfo("Asia/Ho_Chi_Minh"))


def share_since(province: str, days: int) -> float:
    """Of the accounts of a province, those made in the last so many days."""
    random = Random(3)
    residents = make_residents(random, read_provinces(), count=9000, today=YESTERDAY)
    own = [r for r in choose(random, residents, 3000) if r.province.code == province]
    assert len(own) > 20
    since = CALENDAR.ends_at - timedelta(days=days)
    return sum(registered_at(random, r, CALENDAR) > since for r in own) / len(own)


def test_one_province_surges_and_one_stalls() -> None:
    assert share_since(SURGING, 240) > 0.6 > 0.5 > share_since("01", 240)
    assert share_since(STALLED, 400) == 0.0 < share_since("01", 400)
    assert has_stalled_at(CALENDAR) > CALENDAR.begins_at + timedelta(days=365)


@pytest.fixture(scope="module")
def country(owner: Engine, module_settings: Settings) -> Engine:
    keyring = module_settings.secrets.keyring()
    assert seed_country(owner, settings=module_settings, keyring=keyring, scale=0.02)
    return owner


def test_the_history_spans_thirty_months_and_the_merger(country: Engine) -> None:
    with Session(country) as db:
        months = list_months(db)
        assert len(months) >= MONTHS == 30
        assert months[0].month_on < MERGER < months[-1].month_on
        assert len(list_whole_months(db)) >= 18


def test_a_wrong_province_found_late_revises_both_published_months(
    country: Engine, module_settings: Settings
) -> None:
    zone = module_settings.country.time_zone
    last_on = module_settings.country.today - DAY
    calendar = Calendar(month_start(last_on, months_before=MONTHS), last_on, ZoneInfo(zone))
    first = month_start(last_on + DAY, months_before=2)
    with country.begin() as connection:
        at = calendar.begins_at + (first - calendar.first_on) + timedelta(hours=9)
        wrong = entry(
            event="person.registered",
            at=at,
            subject_number=1_000_000,
            data={"proofing": 1, "place": WRONG},
        )
        copy_entries(connection, [wrong])
    with Session(country) as db, db.begin():
        assert correct_homes(db, calendar) >= 1
    with Session(country) as db:
        revised = [f for f in list_freezes(db) if f.revision]
        assert {f.reason for f in revised} == {REASON}
        assert {f.month_on for f in revised} == {
            month_start(first, months_before=-n) - DAY for n in (1, 2)
        }
        month, before = revised[-2], read_month(db, first, revision=0)
        assert before
        key = ("person", "REG", "at_day")
        moved = [by_place(db, m).get(RIGHT, {}).get(key, 0) for m in (before, month)]
        assert moved[1] > moved[0]
        found = verify_months(db, month.month_on)
        assert (found.differences, found.altered) == ((), ())


def test_everybody_who_registers_has_a_home_in_the_journal(country: Engine) -> None:
    with Session(country) as db:
        registered = JournalEntry.event == "person.registered"
        homeless = select(JournalEntry.id).where(registered, ~JournalEntry.data.has_key("place"))
        assert len(db.scalars(homeless).all()) <= 5, "the cast alone may have none"
