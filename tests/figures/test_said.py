"""What people say is frozen with the month: anonymous, none of a few, recounted to the digit."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session

from idp.figures.frozen import Said
from idp.figures.month_models import AdoptionMonth
from idp.figures.month_recount import verify_months
from idp.figures.slice_rows import Dimension, MonthRows, as_defined, hash_of, read_rows
from idp.figures.slices import read_month, slices
from idp.journal.models import JournalEntry
from idp.kit.db import make_engine
from idp.places.load import load_places
from idp.satisfaction.models import SatisfactionCount
from tests.figures.committed import add, close
from tests.figures.history import registered
from tests.support.people import add_agency, add_relying_party
from tests.support.postgres import Database

JULY, AUGUST = date(2025, 7, 31), date(2025, 8, 31)
IN_JULY = date(2025, 7, 1)


@pytest.fixture
def owner(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.owner_url)
    with Session(engine) as db, db.begin():
        load_places(db)
    add(engine, registered(1, IN_JULY))
    yield engine
    engine.dispose()


def service(owner: Engine, code: str) -> tuple[UUID, UUID]:
    """A new agency's service; agency and service."""
    with Session(owner) as db, db.begin():
        agency = add_agency(db, code=code)
        party = add_relying_party(db, client_id=code, agency=agency)
        assert party.default_service_id
        return agency.id, party.default_service_id


def say(owner: Engine, of: tuple[UUID, UUID], month_on: date = IN_JULY, **counts: int) -> None:
    with Session(owner) as db, db.begin():
        for answer, answers in counts.items():
            agency_id, service_id = of
            row = {"month_on": month_on, "agency_id": agency_id, "service_id": service_id}
            db.execute(insert(SatisfactionCount), {**row, "answer": answer, "answers": answers})


def heard(owner: Engine, dimension: Dimension, month: date = JULY) -> dict[str, Said]:
    with Session(owner) as db:
        found = read_month(db, month)
        assert found is not None
        return {s.code: s.said for s in slices(db, found, dimension) if s.said.answers}


def differences(owner: Engine) -> int:
    with Session(owner) as db:
        found = verify_months(db)
    assert found.altered == ()
    return len(found.differences)


def test_thirty_answers_are_said_and_twenty_nine_to_nobody(owner: Engine) -> None:
    """Not to the journal either: what a few said can be read nowhere but in their counts."""
    many, few = service(owner, "G31"), service(owner, "G29")
    say(owner, many, satisfied=20, neither=6, dissatisfied=4)
    say(owner, few, satisfied=20, neither=5, dissatisfied=4)
    close(owner, JULY)
    assert heard(owner, Dimension.AGENCY) == {str(many[0]): Said(30, 20)}
    assert heard(owner, Dimension.SERVICE) == {str(many[1]): Said(30, 20)}
    assert heard(owner, Dimension.COUNTRY) == {"": Said(59, 40)}
    with Session(owner) as db:
        told = select(JournalEntry).where(JournalEntry.event == "satisfaction.counted")
        (entry,) = db.scalars(told)
        assert str(many[0]) in str(entry.data)
        assert str(few[0]) not in str(entry.data)
        assert (entry.counted, entry.subject_number) == (False, None)
    assert differences(owner) == 0


def test_a_ministry_has_what_is_said_of_all_below_it(owner: Engine) -> None:
    above, below = service(owner, "G44"), service(owner, "G44.1")
    with owner.begin() as connection:
        told = {"above": above[0], "below": below[0]}
        parent = "UPDATE agency SET parent_id = :above WHERE id = :below"
        connection.execute(text(parent), told)
        tier = "UPDATE agency SET tier = 'central' WHERE id IN (:above, :below)"
        connection.execute(text(tier), told)
    say(owner, above, satisfied=15), say(owner, below, satisfied=10, neither=5)
    close(owner, JULY)
    assert heard(owner, Dimension.MINISTRY) == {str(above[0]): Said(30, 25)}
    assert heard(owner, Dimension.AGENCY) == {}


def test_what_is_answered_later_changes_no_frozen_month(owner: Engine) -> None:
    of = service(owner, "G50")
    say(owner, of, satisfied=30)
    close(owner, JULY)
    say(owner, of, dissatisfied=10)
    say(owner, of, date(2025, 8, 1), neither=5)
    assert heard(owner, Dimension.AGENCY) == {str(of[0]): Said(30, 30)}
    assert differences(owner) == 0
    close(owner, AUGUST)
    assert heard(owner, Dimension.AGENCY, AUGUST) == {str(of[0]): Said(45, 30)}
    assert heard(owner, Dimension.AGENCY, JULY) == {str(of[0]): Said(30, 30)}
    assert differences(owner) == 0


def test_a_month_frozen_by_older_definitions_still_agrees(owner: Engine) -> None:
    """It has none of the figures that came later, and `verify` misses none of them."""
    say(owner, service(owner, "G60"), satisfied=40)
    close(owner, JULY)
    with owner.begin() as connection:
        for table in ("adoption_slice", "adoption_action", "adoption_month"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER append_only"))
        kept = as_defined(read_rows(connection, 1), "2026-12.lists")
        added = read_rows(connection, 1).keys() - kept.keys()
        assert {"ANSWERS", "SATISFIED"} == {
            key.figure for key in added if key.dimension not in {Dimension.AGE, Dimension.SEX}
        }
        connection.execute(text("DELETE FROM adoption_action"))
        gone = text(
            "DELETE FROM adoption_slice"
            " WHERE figure IN ('ANSWERS', 'SATISFIED') OR dimension IN ('age', 'sex')"
        )
        connection.execute(gone)
        older = {
            "definitions_version": "2026-12.lists",
            "rows_hash": hash_of(JULY, MonthRows(kept)),
        }
        connection.execute(AdoptionMonth.__table__.update().values(older))
    assert differences(owner) == 0
    with owner.begin() as connection:
        newer = {"definitions_version": "2026-12.voices"}
        connection.execute(AdoptionMonth.__table__.update().values(newer))
    assert differences(owner) > 0
