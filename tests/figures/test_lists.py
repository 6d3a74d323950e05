"""Delivered lists: what a naive reader counts of them, what a freeze keeps, what is refused."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from idp.catalogue.models import InformationSystem, Tier
from idp.figures.days import DAY, month_end, month_start
from idp.figures.frozen import FrozenMonth
from idp.figures.lists.behind import listed_people
from idp.figures.lists.delivering import Delivering, drop_old_hashes
from idp.figures.lists.dues import due_on
from idp.figures.month_recount import verify_months
from idp.figures.rollup import roll_up
from idp.figures.slice_rows import Dimension
from idp.figures.slices import figures_by, national, read_month
from idp.kit.errors import InvalidInput
from idp.kit.tables.faults import FileRefused
from idp.kit.tables.source import opened_bytes
from tests.figures.history import RULES, ZONE, at, clock_at, registered, signed_in, status, write
from tests.figures.list_worlds import (
    KEYRING,
    add_holder,
    add_system,
    count,
    draw,
    number_of,
    send,
)

FIRST = date(2025, 3, 1)
MONTHS = [date(2025, m, 1) for m in range(3, 8)]
LAST = date(2025, 7, 31)
YEAR = "months_12"


def close(connection: Connection, last: date = LAST) -> None:
    with clock_at(at(last + DAY, 0, 5)):
        roll_up(connection, rules=RULES)


def month_of(db: Session, day: date = LAST) -> FrozenMonth:
    month = read_month(db, day)
    assert month is not None
    return month


def in_time(month: date, *, late: int = 0) -> datetime:
    return at(due_on(month_end(month)) + late * DAY, 9)


class World:
    """Two systems, people with numbers and accounts, and others with a number alone."""

    def __init__(self, db: Session, random: random.Random, people: int) -> None:
        self.db, self.random, self.people = db, random, people
        self.systems = [
            add_system(db, "G50", on=FIRST),
            add_system(db, "H50", on=FIRST, tier=Tier.PROVINCE),
        ]
        self.since: dict[int, date] = {}
        self.subject: dict[int, int] = {}
        self.used: list[tuple[int, date, int, str]] = []
        self.into: dict[int, int] = {}
        self.lists: dict[tuple[int, date], dict[str, int]] = {}
        """The newest version of each system and month."""
        self.unknown: dict[str, set[tuple[int, date]]] = {}
        self.met: set[str] = set()

    def register(self) -> None:
        for serial in range(self.people):
            if self.random.random() < 0.6:
                on = FIRST + self.random.randrange(120) * DAY
                self.since[serial] = on
                self.subject[serial] = add_holder(self.db, serial, on=on)
                write(self.db.connection(), registered(self.subject[serial], on))

    def sign_in(self) -> None:
        for serial, since in self.since.items():
            for _ in range(self.random.randrange(6)):
                day = since + self.random.randrange(max((LAST - since).days, 1)) * DAY
                which, acr = self.random.randrange(2), self.random.choice(("LoA1", "LoA2", "LoA3"))
                self.used.append((serial, day, which, acr))
                tier = ("central", "province")[which]
                party = self.systems[which][1]
                row = signed_in(self.subject[serial], day, tier, acr, relying_party_id=party)
                write(self.db.connection(), row)

    def merge(self) -> None:
        known = sorted(self.since)
        for serial in known[1:]:
            if self.random.random() < 0.15:
                other = self.random.choice([s for s in known if s < serial])
                self.into[serial] = other
                merged = status(self.subject[serial], LAST - 5 * DAY, "merged")
                merged["data"] |= {"survivor": self.subject[other]}
                write(self.db.connection(), merged)

    def deliver(self) -> None:
        for month in MONTHS[:-1]:
            for which in (0, 1):
                for version in range(self.random.randrange(3)):
                    rows = draw(self.random, self.people, 0.5)
                    when = in_time(month) + timedelta(hours=version)
                    told = send(self.db, self.systems[which][0], month, rows, when=when)
                    assert told.version == version + 1 or not told.is_new
                    self.lists[which, month] = rows

    def stays(self, serial: int) -> int:
        while serial in self.into:
            serial = self.into[serial]
        return serial

    def naive(self) -> dict[str, int]:
        """One person at a time, without bitmaps."""
        serial_of = {number_of(n): n for n in range(self.people)}
        did = {self.stays(s): set[Any]() for s in self.since}
        for serial, _, which, acr in self.used:
            mine = did[self.stays(serial)]
            mine.add("any")
            if acr != "LoA1":
                mine |= {which}
        took, unknown, local = set[int](), set[str](), set[int]()
        past = set[int]()
        for (which, _), rows in self.lists.items():
            for number, times in rows.items():
                serial = serial_of[number]
                if serial not in self.since:
                    unknown.add(number)
                    continue
                person = self.stays(serial)
                took.add(person)
                if times:
                    local.add(person)
                if which not in did[person]:
                    past.add(person)
        both = {p for p, mine in did.items() if {0, 1} <= mine and p not in self.into}
        return {
            "PART_LISTED": len({p for p, mine in did.items() if "any" in mine} | took),
            "PART_UNKNOWN": len(unknown),
            "UNI_STRICT": len(both - local - past),
            "UNI_USED": len(both),
        }


@settings(max_examples=15)
@given(seed=st.integers(0, 10**6))
def test_a_month_counts_lists_as_a_naive_reader_does(owner: Engine, seed: int) -> None:
    with owner.connect() as connection:
        db = Session(connection)
        world = World(db, random.Random(seed), people=18)
        for step in (world.register, world.sign_in, world.merge, world.deliver):
            step()
        db.flush()
        close(connection)
        nation = national(db, month_of(db))
        wanted = world.naive()
        assert {name: nation.get(("person", name, YEAR), 0) for name in wanted} == wanted
        owed = 2 * (len(MONTHS) - 1)
        delivered = len(world.lists)
        assert nation.get(("system", "LISTS_DUE", YEAR), 0) == owed
        assert nation.get(("system", "LISTS_DELIVERED", YEAR), 0) == delivered
        assert verify_months(db).differences == ()
        connection.rollback()


@pytest.fixture
def world(connection: Connection) -> Iterator[tuple[Session, InformationSystem, UUID]]:
    db = Session(connection)
    system, party = add_system(db, "G50", on=FIRST)
    yield db, system, party
    db.close()


def test_a_person_without_an_account_is_counted_once_and_then_as_who_they_are(
    world: tuple[Session, InformationSystem, UUID],
) -> None:
    db, system, _ = world
    other, _ = add_system(db, "H50", on=FIRST, tier=Tier.PROVINCE)
    for each in (system, other):
        send(db, each, MONTHS[0], {number_of(7): 1}, when=in_time(MONTHS[0]))
    subject = add_holder(db, 7, on=date(2025, 5, 5))
    write(db.connection(), registered(subject, date(2025, 5, 5)))
    close(db.connection(), date(2025, 5, 31))
    before = national(db, month_of(db, date(2025, 4, 1)))
    assert before["person", "PART_UNKNOWN", YEAR] == 1
    send(db, system, MONTHS[2], {number_of(7): 0}, when=in_time(MONTHS[2]))
    close(db.connection(), date(2025, 6, 30))
    nation = national(db, month_of(db, date(2025, 6, 1)))
    assert nation["person", "PART_LISTED", YEAR] == 1
    assert ("person", "PART_UNKNOWN", YEAR) not in nation
    people = listed_people(db, month_of(db, date(2025, 6, 1)), system.id)
    assert people is not None
    assert set(people) == {subject}
    assert listed_people(db, month_of(db, date(2025, 6, 1)), UUID(int=1)) is None


def test_leakage_is_of_systems_that_delivered_alone(
    world: tuple[Session, InformationSystem, UUID],
) -> None:
    db, system, party = world
    other, other_party = add_system(db, "H50", on=FIRST, tier=Tier.PROVINCE, is_exclusive=True)
    day = date(2025, 6, 10)
    write(db.connection(), registered(1, FIRST))
    write(db.connection(), *(signed_in(1, day, "central", relying_party_id=party) for _ in "abc"))
    write(db.connection(), signed_in(1, day, "province", relying_party_id=other_party))
    send(db, system, day, {number_of(1): 2}, when=in_time(day))
    close(db.connection())
    month = month_of(db)
    nation = national(db, month)
    window = "month_before"
    assert (nation["sign_in", "LOCAL", window], nation["sign_in", "LEAK_OF", window]) == (2, 5)
    by_system = figures_by(db, month, Dimension.SYSTEM)
    assert ("sign_in", "LEAK_OF", window) not in by_system[str(other.id)]
    tiers = figures_by(db, month, Dimension.TIER)
    assert tiers["province"]["system", "SYSTEMS_EXCLUSIVE", "at_day"] == 1
    assert ("system", "SYSTEMS_EXCLUSIVE", "at_day") not in tiers["central"]


def test_only_what_came_by_the_tenth_is_in_time(
    world: tuple[Session, InformationSystem, UUID],
) -> None:
    db, system, _ = world
    write(db.connection(), registered(1, FIRST))
    send(db, system, MONTHS[0], {number_of(1): 0}, when=in_time(MONTHS[0]))
    send(db, system, MONTHS[1], {number_of(1): 0}, when=in_time(MONTHS[1], late=1))
    close(db.connection())
    figures = figures_by(db, month_of(db), Dimension.SYSTEM)[str(system.id)]
    names = ("LISTS_DUE", "LISTS_DELIVERED", "LISTS_ON_TIME")
    assert [figures["system", name, YEAR] for name in names] == [4, 2, 1]
    nation = national(db, month_of(db))
    assert nation["system", "SYSTEMS_DUE", YEAR] == 1
    assert ("system", "SYSTEMS_COMPLETE", YEAR) not in nation


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("number,local_sign_ins\n1190000008,0\n", "tenth digit must check"),
        ("number,local_sign_ins\n312687878001,0\n", "begins with 0"),
        ("number,local_sign_ins\n00119000000,0\n", "11 digits where there are"),
        ("number,local_sign_ins\n000190000007,0\n", "belongs to nobody"),
        ("number,local_sign_ins\n001190000007,=1+1\n", "Write how often"),
        ('number,local_sign_ins\n001190000007,"=HYPERLINK(""http://x"")"\n', "Write how often"),
        ("number,local_sign_ins\n001190000007,-1\n", "Write how often"),
        ("number,local_sign_ins\n001190000007,99999\n", "Write how often"),
        ("number,local_sign_ins\n001190000007,\n", "A value is missing"),
        ("number,local_sign_ins\n001190000007,1\n001190000007,1\n", "on a line above already"),
        ("number\n001190000007\n", "local_sign_ins"),
        ("number,local_sign_ins\n1.19E+11,0\n", "Excel rounded this number"),
    ],
)
def test_a_line_that_is_wrong_is_named_and_nothing_is_kept(
    world: tuple[Session, InformationSystem, UUID], content: str, says: str
) -> None:
    db, system, _ = world
    good = "number,local_sign_ins\n001190000007,1\n0100109106,2\n"
    with clock_at(in_time(MONTHS[0])):
        delivering = Delivering(db, KEYRING, ZONE.key)
        with opened_bytes(content.encode()) as source, pytest.raises(FileRefused) as refused:
            delivering.file(source, system=system, month=MONTHS[0])
        assert says in str(refused.value)
        assert "001190000007" not in str(refused.value)
        assert count(db.connection(), "delivered_list") == 0
        assert count(db.connection(), "listed_unknown") == 0
        with opened_bytes(good.encode()) as source:
            told = delivering.file(source, system=system, month=MONTHS[0])
    assert (told.lines, told.local_sign_ins, told.version) == (2, 3, 1)


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04" + b"\0" * 5000, b"\xd0\xcf\x11\xe0" + b"\0" * 99]
)
def test_a_workbook_is_refused_unopened_whatever_it_unpacks_to(
    world: tuple[Session, InformationSystem, UUID], content: bytes
) -> None:
    db, system, _ = world
    delivering = Delivering(db, KEYRING, ZONE.key)
    with (
        clock_at(in_time(MONTHS[0])),
        opened_bytes(content) as source,
        pytest.raises(FileRefused, match="workbook"),
    ):
        delivering.file(source, system=system, month=MONTHS[0])
    assert count(db.connection(), "delivered_list") == 0


def test_as_excel_saves_it_in_vietnam(world: tuple[Session, InformationSystem, UUID]) -> None:
    """UTF-16, tabs, headings in NFD, numbers kept as text, a branch beside its enterprise."""
    import unicodedata

    db, system, _ = world
    heading = unicodedata.normalize("NFD", "STT\tSố định danh\tSố lần đăng nhập cục bộ\r\n")
    lines = "1\t'001190000007\t1\r\n2\t0312687878-001\t0\r\n3\t0312687878-002\t2\r\n\r\n"
    content = (heading + lines).encode("utf-16")
    with clock_at(in_time(MONTHS[0])), opened_bytes(content) as source:
        told = Delivering(db, KEYRING, ZONE.key).file(source, system=system, month=MONTHS[0])
    assert (told.lines, told.local_sign_ins) == (3, 3)


@pytest.mark.parametrize(
    ("month", "when", "says"),
    [
        (MONTHS[2], at(date(2025, 5, 31)), "not over yet"),
        (date(2024, 4, 1), at(date(2025, 6, 1)), "too long ago"),
    ],
)
def test_a_month_that_is_not_over_or_too_long_ago_is_refused(
    world: tuple[Session, InformationSystem, UUID], month: date, when: datetime, says: str
) -> None:
    db, system, _ = world
    with pytest.raises(InvalidInput, match=says):
        send(db, system, month, {number_of(1): 0}, when=when)
    assert send(db, system, MONTHS[0], {number_of(1): 0}, when=when).version == 1


def test_the_same_file_again_is_no_other_version_and_a_dry_run_none(
    world: tuple[Session, InformationSystem, UUID],
) -> None:
    db, system, _ = world
    rows, when = {number_of(1): 0, number_of(2): 1}, in_time(MONTHS[0])
    assert send(db, system, MONTHS[0], rows, when=when, dry_run=True).version == 0
    assert count(db.connection(), "delivered_list") == count(db.connection(), "listed_unknown") == 0
    told = [send(db, system, MONTHS[0], rows, when=when) for _ in range(2)]
    assert [(each.version, each.is_new) for each in told] == [(1, True), (1, False)]
    assert count(db.connection(), "delivered_list") == 1


def test_what_is_told_of_a_list_does_not_depend_on_who_has_an_account(
    world: tuple[Session, InformationSystem, UUID],
) -> None:
    db, system, _ = world
    add_holder(db, 1, on=FIRST)
    when = in_time(MONTHS[0])
    of_holder, of_nobody = (
        send(db, system, month, {number_of(serial): 1}, when=in_time(MONTHS[1]))
        for month, serial in ((MONTHS[0], 1), (MONTHS[1], 2))
    )
    assert vars(of_holder) | {"month_on": 0, "is_late": 0} == vars(of_nobody) | {
        "month_on": 0,
        "is_late": 0,
    }
    assert when


def test_numbers_stand_nowhere_and_hashes_go_after_thirteen_months(
    world: tuple[Session, InformationSystem, UUID],
) -> None:
    db, system, _ = world
    send(db, system, MONTHS[0], {number_of(1): 1}, when=in_time(MONTHS[0]))
    for table in ("delivered_list", "delivered_set", "listed_unknown", "journal_entry"):
        found = db.connection().scalars(text(f"SELECT t::text FROM {table} t"))
        assert not any(number_of(1) in row for row in found)
    first = month_start(MONTHS[0])
    kept = date(first.year + 1, first.month + 1, 28)
    assert drop_old_hashes(db, limit=10, today=kept) == 0
    assert drop_old_hashes(db, limit=10, today=date(first.year + 1, first.month + 2, 1)) == 1
