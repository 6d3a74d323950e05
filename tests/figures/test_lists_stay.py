"""Lists beside frozen months: what was published stays, a late list is a revision."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from idp.catalogue.models import InformationSystem
from idp.figures.lists.behind import listed_people
from idp.figures.month_recount import revise, verify_months
from idp.figures.slices import national
from idp.kit.db import make_engine
from tests.figures.history import at, registered, write
from tests.figures.list_worlds import add_system, number_of, send
from tests.figures.test_lists import FIRST, MONTHS, close, in_time, month_of
from tests.support.postgres import Database


@pytest.fixture
def owner(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.owner_url)
    yield engine
    engine.dispose()


@pytest.fixture
def serving(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.app_url)
    yield engine
    engine.dispose()


def test_a_list_after_the_freeze_is_a_revision_and_the_former_figures_stay(owner: Engine) -> None:
    with Session(owner) as db, db.begin():
        system, _ = add_system(db, "G50", on=FIRST)
        write(db.connection(), registered(1, FIRST))
        rows = {number_of(1): 0, number_of(2): 4}
        send(db, system, MONTHS[1], rows, when=in_time(MONTHS[1]))
        system_id = system.id
    with owner.begin() as connection:
        close(connection, date(2025, 5, 31))
    with Session(owner) as db, db.begin():
        system = db.get_one(InformationSystem, system_id)
        late = at(date(2025, 6, 2))
        told = send(db, system, MONTHS[1], {number_of(2): 9}, when=late)
        assert (told.version, told.is_new, told.is_late) == (2, True, True)
    with Session(owner) as db, db.begin():
        month = month_of(db, date(2025, 5, 31))
        assert verify_months(db).differences == ()
        assert listed_people(db, month, system_id) is not None
        number, changed = revise(db, month.month_on, reason="A list was replaced.")
        assert number is not None
        assert {d.figure for d in changed} >= {"LOCAL"}
        published = national(db, month)
    with Session(owner) as db, db.begin():
        newest = month_of(db, month.month_on)
        assert newest.revision == 1
        key = ("sign_in", "LOCAL", "month_before")
        assert [published[key], national(db, month)[key], national(db, newest)[key]] == [4, 4, 9]
        assert verify_months(db).differences == ()


def test_a_freeze_of_older_definitions_is_verified_without_the_figures_added_since(
    owner: Engine,
) -> None:
    with Session(owner) as db, db.begin():
        add_system(db, "G50", on=FIRST)
        write(db.connection(), registered(1, FIRST))
    with owner.begin() as connection:
        close(connection, date(2025, 5, 31))
        connection.execute(text("ALTER TABLE adoption_slice DISABLE TRIGGER append_only"))
        connection.execute(text("ALTER TABLE adoption_month DISABLE TRIGGER append_only"))
        connection.execute(text("ALTER TABLE adoption_action DISABLE TRIGGER append_only"))
        connection.execute(text("DELETE FROM adoption_action"))
        newer = "DELETE FROM adoption_slice WHERE subject_kind = 'system' OR figure IN "
        connection.execute(text(newer + "('PART_LISTED', 'PART_UNKNOWN', 'UNI_STRICT')"))
        connection.execute(text("UPDATE adoption_month SET definitions_version = '2026-12'"))
    with Session(owner) as db, db.begin():
        assert verify_months(db).differences == ()
        connection = db.connection()
        connection.execute(text("UPDATE adoption_month SET definitions_version = '2099-01'"))
        assert {d.figure for d in verify_months(db).differences} >= {"SYSTEMS", "LISTS_DUE"}


@pytest.mark.parametrize("table", ["delivered_list", "delivered_set"])
def test_the_serving_role_cannot_rewrite_a_list(owner: Engine, serving: Engine, table: str) -> None:
    with Session(owner) as db, db.begin():
        system, _ = add_system(db, "G50", on=FIRST)
        send(db, system, MONTHS[0], {number_of(1): 1}, when=in_time(MONTHS[0]))
    with serving.connect() as connection:
        assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 1
    for who in (owner, serving):
        with pytest.raises(DBAPIError), who.begin() as connection:
            connection.execute(text(f"DELETE FROM {table}"))
