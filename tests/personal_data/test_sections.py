"""All that is held on a person is handed to them, or it is said why not: every table is walked."""

import re

import pytest
from sqlalchemy import Table

from idp import schema
from idp.kit.db import table_of
from idp.kit.sealed import Sealed
from idp.personal_data.elsewhere import NOT_IN_IT, OF_NOBODY
from idp.personal_data.section import Section
from idp.personal_data.sections import SECTIONS

OF_PEOPLE = re.compile(r"person_id$|subject_number|actor_number|_numbers?$|number_hash")
"""How columns that refer to a person are called."""
NO_PERSON = {"organization_number", "freeze_number", "list_number"}
TABLES = {table.name: table for table in schema.metadata.sorted_tables}
SHOWN = {section.model.__tablename__ for section in SECTIONS}


def refers_to_people(table: Table) -> bool:
    by_key = any(key.column.table.name == "person" for key in table.foreign_keys)
    named = any(OF_PEOPLE.search(name) and name not in NO_PERSON for name in table.columns.keys())  # noqa: SIM118
    return by_key or named or table.name == "person"


def test_each_table_is_in_the_export_or_has_a_reason_why_not() -> None:
    for one, other in ((SHOWN, NOT_IN_IT), (SHOWN, OF_NOBODY), (set(NOT_IN_IT), OF_NOBODY)):
        assert not set(one) & set(other)
    assert SHOWN | set(NOT_IN_IT) | OF_NOBODY == set(TABLES)
    assert all(NOT_IN_IT.values())


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.key)
def test_each_column_is_shown_or_has_a_reason_why_not(section: Section) -> None:
    assert section.spoken_for == sorted(section.columns), "once each, and none forgotten"
    assert all(section.withheld), "each reason is said"
    said = [column.said for column in section.shown]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("name", sorted(OF_NOBODY))
def test_a_table_of_nobody_refers_to_nobody(name: str) -> None:
    assert not refers_to_people(TABLES[name])


def test_the_walk_finds_who_refers_to_people() -> None:
    """The control: it knows those that do."""
    for name in ("person", "consent", "mandate", "journal_entry", "tester", "data_request"):
        assert refers_to_people(TABLES[name]), name


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.key)
def test_what_is_sealed_is_opened_or_withheld(section: Section) -> None:
    table = table_of(section.model)
    for column in section.shown:
        assert (column.opens is not None) == isinstance(table.c[column.name].type, Sealed)
        assert "hash" not in column.name
