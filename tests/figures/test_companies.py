"""Where organizations stand: a partition that adds up, whatever their histories."""

from collections import Counter
from collections.abc import Set as AbstractSet
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from idp.figures.company_funnel import Represented, company_funnel
from idp.figures.slice_rows import CompanyState
from idp.figures.slices import companies, national
from idp.journal.record import entry
from idp.organizations.models import OrganizationKind
from idp.places.load import load_places
from tests.figures.history import (
    Row,
    at,
    organization_registered,
    organization_status,
    proofed,
    registered,
    represents,
    represents_no_more,
    signed_in,
    write,
)
from tests.figures.test_months import FIRST, LAST, close, month_of

SOME = st.frozensets(st.integers(1, 25))
SETS = ("all", "any", "central", "local", "accounts", "proven", "delegated")
ENTERPRISE = OrganizationKind.ENTERPRISE


def naive(number: int, sets: dict[str, AbstractSet[int]]) -> CompanyState:
    """One organization at a time, the furthest state that it has reached."""
    if number in sets["central"] and number in sets["local"]:
        return CompanyState.BOTH
    if number in sets["any"]:
        return CompanyState.SIGNED_IN
    if number not in sets["accounts"]:
        return CompanyState.NO_ACCOUNT
    if number not in sets["proven"]:
        return CompanyState.NOT_PROVEN
    return CompanyState.DELEGATED if number in sets["delegated"] else CompanyState.NOT_SIGNED_IN


@given(st.fixed_dictionaries(dict.fromkeys(SETS, SOME)))
def test_each_stands_in_exactly_one_state(sets: dict[str, frozenset[int]]) -> None:
    """Whatever is in which set, those too that no history can have."""
    of = {name: BitMap(members) for name, members in sets.items()}
    represented = Represented(of["accounts"], of["proven"], of["delegated"])
    counts = company_funnel(of["all"], represented, of)
    assert sum(counts.values()) == len(sets["all"])
    expected = Counter(naive(number, sets) for number in sets["all"])
    assert {state: n for state, n in counts.items() if n} == dict(expected)


def delegate(person: int, organization: int, day: date) -> Row:
    row = represents(person, organization, day)
    row["data"] |= {"role": "delegate"}
    return row


def refused(day: date, **data: str) -> Row:
    told = {"asked_on": day.isoformat(), **data}
    event, reason = "representation.refused", "register_disagrees"
    return entry(event=event, reason=reason, at=at(day), data=told)


def way(connection: Connection) -> None:
    """An enterprise in each state, and one that is dissolved."""
    write(connection, *(registered(n, FIRST, 2) for n in (1, 2, 3)), registered(9, FIRST, 1))
    write(connection, *(organization_registered(n, FIRST) for n in range(1, 9)))
    write(connection, represents(9, 2, FIRST))
    write(connection, *(represents(1, n, FIRST) for n in (3, 4, 5, 6, 7)))
    write(connection, delegate(2, 4, FIRST), delegate(2, 7, FIRST))
    ended = represents_no_more(2, 7, LAST, valid_on=FIRST)
    ended["data"] |= {"role": "delegate"}
    write(connection, ended)
    write(connection, signed_in(1, LAST, "central", organization_number=5))
    both = (signed_in(1, LAST, tier, organization_number=6) for tier in ("central", "commune"))
    write(connection, *both, organization_status(8, LAST, "dissolved"))


def test_every_state_is_counted_with_its_sum(connection: Connection) -> None:
    load_places(Session(connection))
    way(connection)
    write(connection, refused(LAST), refused(LAST, kind="household"), refused(FIRST))
    close(connection)
    db = Session(connection)
    found = companies(db, month_of(db))
    assert dict(found[ENTERPRISE].states) == {
        CompanyState.NO_ACCOUNT: 1,
        CompanyState.NOT_PROVEN: 1,
        CompanyState.NOT_SIGNED_IN: 2,
        CompanyState.DELEGATED: 1,
        CompanyState.SIGNED_IN: 1,
        CompanyState.BOTH: 1,
    }
    assert found[ENTERPRISE].disagreed == 2
    assert found[OrganizationKind.HOUSEHOLD].disagreed == 1
    figures = national(db, month_of(db))
    assert figures["enterprise", "REG", "at_day"] == found[ENTERPRISE].registered == 7
    assert figures["enterprise", "ACCOUNT", "at_day"] == 6
    assert figures["enterprise", "VER", "at_day"] == 5
    assert figures["enterprise", "DELEGATED", "at_day"] == 1
    assert figures["enterprise", "REGISTER_DISAGREES", "months_1"] == 1


@pytest.mark.parametrize(("proofing", "state"), [(2, "COMPANY_3A"), (1, "COMPANY_2")])
def test_who_represents_it_is_proven_as_at_the_months_end(
    connection: Connection, proofing: int, state: str
) -> None:
    load_places(Session(connection))
    write(connection, registered(1, FIRST, 2), organization_registered(1, FIRST))
    write(connection, represents(1, 1, FIRST), proofed(1, LAST, proofing))
    close(connection)
    db = Session(connection)
    assert companies(db, month_of(db))[ENTERPRISE].states[CompanyState(state)] == 1
