"""An entry that the database takes and does not keep: what it tells of is not done either."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.orm import Session

from idp.journal.event import Event
from idp.journal.events import EVENTS
from idp.journal.models import JournalEntry
from idp.journal.record import copy_entries, entry, record, record_all
from idp.journal.sources import Asker, asked_by
from idp.kit.crypto import Keyring
from idp.kit.errors import DataAltered
from tests.support.postgres import Database

SWALLOW = """
CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.actor_number = 7 THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER swallow BEFORE INSERT ON journal_entry FOR EACH ROW EXECUTE FUNCTION swallow();
"""
KEYRING = Keyring(["a secret of the tests"], "and one to look up with")


def alone(db: Session, actor: int) -> None:
    record(db, event="factor.confirmed", actor="operator", actor_number=actor)


def with_its_source(db: Session, actor: int) -> None:
    asked_by(db, Asker(lambda: "203.0.113.7", KEYRING))
    record(db, event="signin.refused", actor="operator", actor_number=actor)


def telling_somebody(db: Session, actor: int) -> None:
    record(db, event="test.told", subject_number=1, actor="operator", actor_number=actor)


def among_others(db: Session, actor: int) -> None:
    by = (8, actor, 9)
    record_all(db, [entry(event="key.created", actor="operator", actor_number=n) for n in by])


def copied(db: Session, actor: int) -> None:
    by = (8, actor, 9)
    entries = (entry(event="key.created", actor="operator", actor_number=n) for n in by)
    copy_entries(db.connection(), entries)


SWALLOW_ELSEWHERE = """
CREATE FUNCTION swallow_all() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER swallow BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION swallow_all();
"""


@pytest.fixture(scope="module")
def swallowing(module_database: Database) -> Iterator[Engine]:
    """The tables' owner lets nothing be written of what operator 7 does."""
    owner = create_engine(module_database.owner_url)
    with owner.begin() as connection:
        connection.execute(text(SWALLOW))
    yield owner
    owner.dispose()


@pytest.mark.parametrize("write", [alone, with_its_source, telling_somebody, among_others, copied])
def test_nothing_is_done_that_the_journal_does_not_keep(
    engine: Engine,
    swallowing: Engine,
    write: Callable[[Session, int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """G13: however entries are written; what others do goes on, the control."""
    assert swallowing
    monkeypatch.setitem(EVENTS, "test.told", Event("Told.", notifies=("test.mail",)))
    with Session(engine) as db:
        write(db, 6)
        assert db.scalar(select(func.count()).where(JournalEntry.actor_number == 6)) == 1
        with pytest.raises(DataAltered) as refused:
            write(db, 7)
        assert "the journal kept" in refused.value.detail
        db.rollback()


@pytest.mark.parametrize(
    ("table", "write"), [("journal_source", with_its_source), ("outbox_message", telling_somebody)]
)
def test_what_an_entry_brings_with_it_is_kept_or_nothing_is_done(
    database: Database,
    table: str,
    write: Callable[[Session, int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """G13: where it was asked from, and the notice to the person; without it, the control."""
    monkeypatch.setitem(EVENTS, "test.told", Event("Told.", notifies=("test.mail",)))
    served, owner = create_engine(database.app_url), create_engine(database.owner_url)
    with Session(served) as db:
        write(db, 6)
        db.commit()
    with owner.begin() as connection:
        connection.execute(text(SWALLOW_ELSEWHERE.format(table)))
    with Session(served) as db, pytest.raises(DataAltered):
        write(db, 6)
    for each in (served, owner):
        each.dispose()
