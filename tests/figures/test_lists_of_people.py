"""Whom lists name: closed accounts, and those who registered after a list had named them."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from idp.catalogue.models import Tier
from idp.figures.slices import national
from tests.figures.history import registered, signed_in, status, write
from tests.figures.list_worlds import add_holder, add_system, number_of, send
from tests.figures.test_lists import FIRST, MONTHS, YEAR, close, in_time, month_of


@pytest.fixture
def country(connection: Connection) -> Iterator[Session]:
    db = Session(connection)
    yield db
    db.close()


def counted(db: Session, figure: str) -> int:
    return national(db, month_of(db)).get(("person", figure, YEAR), 0)


@pytest.mark.parametrize("is_closed", [True, False])
def test_who_closed_the_account_takes_part_no_more(country: Session, is_closed: bool) -> None:
    db = country
    system, party = add_system(db, "G50", on=FIRST)
    named, user = (add_holder(db, serial, on=FIRST) for serial in (1, 2))
    write(db.connection(), registered(named, FIRST), registered(user, FIRST))
    write(db.connection(), signed_in(user, MONTHS[1], "central", relying_party_id=party))
    send(db, system, MONTHS[1], {number_of(1): 1}, when=in_time(MONTHS[1]))
    if is_closed:
        ended = (status(each, date(2025, 7, 1), "closed") for each in (named, user))
        write(db.connection(), *ended)
    close(db.connection())
    assert counted(db, "PART_LISTED") == (0 if is_closed else 2)


@pytest.mark.parametrize("local", [0, 1])
@pytest.mark.parametrize("used", [True, False])
def test_who_registered_after_a_list_named_them_is_seen_in_it(
    country: Session, local: int, used: bool
) -> None:
    """Strictly unified only if that list, too, shows them nowhere past this sign-in."""
    db = country
    since = date(2025, 5, 5)
    first, first_party = add_system(db, "G50", on=FIRST)
    second, second_party = add_system(db, "H50", on=FIRST, tier=Tier.PROVINCE)
    _, other_party = add_system(db, "H51", on=FIRST, tier=Tier.PROVINCE)
    send(db, first, MONTHS[0], {number_of(7): local}, when=in_time(MONTHS[0]))
    subject = add_holder(db, 7, on=since)
    write(db.connection(), registered(subject, since))
    send(db, second, MONTHS[2], {number_of(7): 0}, when=in_time(MONTHS[2]))
    central = first_party if used else None
    for tier, party in (
        ("central", central),
        ("province", second_party),
        ("province", other_party),
    ):
        write(db.connection(), signed_in(subject, MONTHS[3], tier, relying_party_id=party))
    close(db.connection())
    assert counted(db, "UNI_USED") == counted(db, "PART_LISTED") == 1
    assert counted(db, "UNI_STRICT") == int(used and not local)
