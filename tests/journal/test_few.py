"""What months are counted from beside sign-ins and facts is found by an index, among many."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text

from idp.figures.company_funnel import REFUSED
from idp.figures.groups import COUNTED
from idp.figures.lead_times import EVENTS
from idp.figures.said import TOLD
from idp.journal.models import FEW
from idp.journal.month_replay import read_set_counts, read_told
from idp.journal.replay import read_data
from idp.journal.snapshots import take_snapshot

_SCANS = text("SELECT pg_stat_get_xact_numscans('ix_journal_entry_few'::regclass)")


@pytest.fixture
def connection(serving: Engine) -> Iterator[Connection]:
    with serving.begin() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        yield connection


def scans(connection: Connection) -> int:
    return int(connection.scalar(_SCANS) or 0)


@pytest.mark.parametrize("event", ["denominator.set", REFUSED, TOLD, COUNTED])
def test_counts_that_were_told_are_found_by_the_index(connection: Connection, event: str) -> None:
    read_set_counts(connection, event=event, seen_by=take_snapshot(connection))
    assert scans(connection) == 1
    read_data(connection, event=event)
    assert scans(connection) == 2


@pytest.mark.parametrize("events", [("system.stated",), EVENTS])
def test_systems_and_applications_are_found_by_the_index(
    connection: Connection, events: tuple[str, ...]
) -> None:
    seen_by = take_snapshot(connection)
    read_told(connection, events=events, time_zone="UTC", seen_by=seen_by)
    assert scans(connection) >= 1


def test_an_event_of_which_there_are_many_is_not_in_the_index(connection: Connection) -> None:
    assert "person.registered" not in FEW
    read_data(connection, event="person.registered")
    assert scans(connection) == 0
