"""The counts that rates are taken of: who set one is known, and what it is stays said."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.figures.days import each_day
from idp.figures.denominators import (
    PUBLISHED,
    DenominatorKind,
    Population,
    find_population,
    list_populations,
    load_published,
    set_denominator,
)
from idp.figures.models import AdoptionDay
from idp.figures.published import list_revisions
from idp.journal.models import JournalEntry
from idp.kit.errors import InvalidInput

CENSUS = Population(DenominatorKind.RESIDENTS, date(2029, 4, 1), 100, "Census")
DEMO = replace(CENSUS, source="Synthetic country", is_synthetic=True)


def journaled(db: Session) -> list[dict[str, Any]]:
    rows = select(JournalEntry).where(JournalEntry.event == "denominator.set")
    return [entry.data for entry in db.scalars(rows.order_by(JournalEntry.id))]


@pytest.mark.parametrize(("known", "new"), [(DEMO, CENSUS), (CENSUS, DEMO)])
def test_a_synthetic_count_and_a_real_one_never_replace_each_other(
    db: Session, known: Population, new: Population
) -> None:
    """The page would show the demo's number as the nation's, or the nation's as made up."""
    assert set_denominator(db, known)
    with pytest.raises(InvalidInput):
        set_denominator(db, new)
    assert list_populations(db) == [known]
    assert set_denominator(db, replace(new, counted_on=date(2029, 4, 2)))


def test_a_count_that_replaces_another_is_journaled_with_it(db: Session) -> None:
    """G5: a changed denominator changes every rate after it."""
    for population in (CENSUS, CENSUS, replace(CENSUS, value=50), replace(CENSUS, value=50)):
        set_denominator(db, population)
    first = {"kind": "residents", "counted_on": "2029-04-01", "value": 100, "replaced": None}
    assert journaled(db) == [first, first | {"value": 50, "replaced": 100}]


def test_the_published_counts_are_set_once(db: Session) -> None:
    """G5: repeating it changes nothing and says nothing."""
    assert load_published(db) == list(PUBLISHED)
    assert load_published(db) == []
    assert len(journaled(db)) == len(PUBLISHED)


LAST = date(2030, 2, 28)
BEFORE = replace(CENSUS, counted_on=date(2028, 4, 1), value=90)


def close_days(db: Session, first: date = date(2029, 12, 1), last: date = LAST) -> None:
    closing = {"snapshot": "1:1:", "time_zone": "UTC", "strong_acrs": []}
    days = each_day(first, last)
    db.add_all(AdoptionDay(day_on=day, closed_at=datetime.now(UTC), **closing) for day in days)
    db.flush()


def taken(db: Session, *days: date) -> list[int | None]:
    """What the rates of those days are taken of."""
    known = list_populations(db)
    found = (find_population(known, DenominatorKind.RESIDENTS, day) for day in days)
    return [population.value if population else None for population in found]


MONTHS = (date(2029, 12, 31), date(2030, 1, 31), LAST, date(2030, 3, 1))


@pytest.mark.parametrize(
    "new", [replace(CENSUS, value=50), replace(CENSUS, counted_on=date(2029, 12, 31), value=50)]
)
def test_published_months_keep_the_denominator_they_had(db: Session, new: Population) -> None:
    """D2: a corrected count and a newer one, known late: both hold from the next day on."""
    set_denominator(db, CENSUS)
    close_days(db)
    recorded = set_denominator(db, new)
    assert recorded is not None
    assert recorded.population.in_force_on == date(2030, 3, 1)
    assert {kept.population for kept in recorded.published} == {CENSUS}
    assert recorded.published[-1].day_on == LAST
    assert taken(db, *MONTHS) == [100, 100, 100, 50]
    assert [p.value for p in list_populations(db)] == [100, 50], "the old value is kept"
    assert journaled(db)[-1]["in_force_on"] == "2030-03-01"
    assert set_denominator(db, new) is None


def test_a_revision_changes_published_months_and_says_so(db: Session) -> None:
    """D2: told with a reason it may; the days, the reason and the old value stay to be read."""
    set_denominator(db, CENSUS)
    close_days(db)
    assert set_denominator(db, replace(CENSUS, value=50))
    recorded = set_denominator(db, replace(CENSUS, value=50), reason="Two digits were lost.")
    assert recorded is not None
    assert (recorded.population.version, recorded.population.revision) == (3, 1)
    assert taken(db, *MONTHS) == [50, 50, 50, 50]
    assert [p.value for p in list_populations(db)] == [100, 50, 50]
    [revision] = list_revisions(db)
    assert (revision.first_on, revision.last_on) == (date(2029, 12, 1), LAST)
    assert revision.reason == "Two digits were lost."
    events = db.scalars(select(JournalEntry.event).order_by(JournalEntry.id.desc()).limit(2)).all()
    assert set(events) == {"denominator.set", "figures.revised"}


def test_days_that_had_no_denominator_take_the_first(db: Session) -> None:
    """D2, the control: it fills what was not known; nothing that was said is said otherwise."""
    close_days(db)
    recorded = set_denominator(db, CENSUS)
    assert recorded is not None
    assert {kept.population for kept in recorded.published} == {None}
    assert taken(db, *MONTHS) == [100] * 4
    assert set_denominator(db, BEFORE), "older than what every published day takes"
    assert taken(db, date(2028, 12, 31), *MONTHS) == [90, 100, 100, 100, 100]
    assert list_revisions(db) == []
