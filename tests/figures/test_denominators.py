"""The counts that rates are taken of: who set one is known, and what it is stays said."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.figures.denominators import (
    PUBLISHED,
    DenominatorKind,
    Population,
    list_populations,
    load_published,
    set_denominator,
)
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
