"""Nothing that derives from the table of client fields leaves one out."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from idp.kit.errors import InvalidInput
from idp.relying_parties.client_fields import COLUMNS, FIELDS, ClientMetadata
from idp.relying_parties.declarations import declaration_of
from idp.relying_parties.dynamic import document_of, read_metadata
from idp.relying_parties.field_kinds import By, Fault, kept
from idp.relying_parties.grant_types import GRANT_TYPES
from idp.relying_parties.metadata import metadata_of
from idp.relying_parties.models import Environment, RelyingParty, RelyingPartyState
from idp.relying_parties.party import load_live_party
from idp.relying_parties.register import register_party
from idp.relying_parties.scopes import INTERFACE_SCOPES, SCOPES
from idp.settings.server import IssuerSettings
from tests.relying_parties.conftest import NOW, Register
from tests.support.client_fields import other_value

AROUND = ("web", IssuerSettings(url="https://id.example.gov.vn"))
OF_THE_REGISTER = {
    *("id", "client_id", "system_id", "default_service_id", "environment", "state"),
    *(
        "client_secret_hash",
        "client_secret_at",
        "registration_token_hash",
        "logo_hash",
        "sandbox_id",
        "proposed",
        "review_note",
    ),
    *(
        "authored_by_ids",
        "created_by_person_id",
        "created_at",
        "updated_at",
        "submitted_at",
        "approved_at",
        "suspended_at",
    ),
}
"""Columns of `relying_party` that nobody declares."""


def declared(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def test_the_table_and_the_columns_are_the_same() -> None:
    columns = {column.name for column in RelyingParty.__table__.columns}
    assert columns - OF_THE_REGISTER == {*COLUMNS}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_takes_the_kind_and_the_default_of_its_field(name: str) -> None:
    column, row = RelyingParty.__table__.columns[name], FIELDS[name]
    python = column.type.python_type
    assert issubclass(type(declared(other_value(name))), python)
    assert column.nullable is (row.default is None)
    if name != "client_name":
        stamps: dict[str, Any] = {"created_at": NOW, "updated_at": NOW}
        party = RelyingParty(client_id="x", system_id=uuid4(), client_name="", **stamps)
        assert kept(getattr(party, name)) == row.default


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_declared_stored_loaded_and_told_again(
    db: Session, register: Register, name: str
) -> None:
    value = other_value(name)
    assert list(FIELDS[name].find_faults(value, *AROUND)) == []
    key = "client_name#en" if name == "client_name_en" else name
    table = {"system": "licences", "client_name": "Tên", key: declared(value)}
    metadata = declaration_of(table, where="here").metadata
    assert getattr(metadata, name) == value != FIELDS[name].default
    stored = register_party(
        db,
        system_id=register.system_id,
        environment=Environment.SANDBOX,
        state=RelyingPartyState.LIVE,
        metadata=metadata,
        at=NOW,
    ).party
    db.refresh(stored)
    assert metadata_of(stored, service=metadata.service) == metadata
    cached = load_live_party(db.connection(), client_id=stored.client_id)
    assert cached is not None
    assert {n: getattr(cached, n) for n in FIELDS} == {n: getattr(metadata, n) for n in FIELDS}
    if By.CLIENT in FIELDS[name].by:
        assert document_of(stored)[name] == declared(value)


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.asvs("8.2.3", "15.3.3")
def test_a_client_sets_of_itself_what_the_table_lets_it(name: str) -> None:
    sent = {"redirect_uris": ["https://rp.example/cb"], name: declared(other_value(name))}
    read = read_metadata(sent, scope="openid", requires_pkce=True, profile="openid")
    assert isinstance(read, ClientMetadata)
    is_its_own = By.CLIENT in FIELDS[name].by
    assert (getattr(read, name) == other_value(name)) is is_its_own


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.asvs("15.3.5")
def test_a_value_of_another_kind_is_refused_and_told_what_to_write(name: str) -> None:
    table: dict[str, Any] = {"system": "licences", "client_name": "Tên"}
    key = "client_name#en" if name == "client_name_en" else name
    assert declaration_of({**table, key: declared(other_value(name))}, where="here")
    for wrong in (7.5, [7], object()):
        with pytest.raises(InvalidInput) as refusal:
            declaration_of({**table, key: wrong}, where="here")
        assert refusal.value.public == f"here: {key} must be {FIELDS[name].kind.expected}."
        if By.CLIENT in FIELDS[name].by:
            read = read_metadata({name: wrong}, scope="", requires_pkce=True, profile="openid")
            assert isinstance(read, Fault)


@pytest.mark.parametrize("name", [name for name, row in FIELDS.items() if row.choices])
@pytest.mark.asvs("2.2.1")
def test_only_what_is_listed_may_be_chosen(name: str) -> None:
    row = FIELDS[name]
    for choice in row.choices:
        value = (choice,) if isinstance(row.default, tuple) else choice
        assert list(row.find_faults(value, *AROUND)) == []
    [fault] = row.find_faults(("other",) if isinstance(row.default, tuple) else "other", *AROUND)
    assert (fault.field, fault.value) == (name, "other")
    assert all(choice in fault.sentence for choice in row.choices)


@pytest.mark.parametrize(
    "name",
    [
        "\u3164",
        "\u115f\u1160",
        "\u034f",
        "\ufe0f",
        "\U000e0100",
        "\u2800",
        "…",
        "Sở\u3164",
        "Sở\ufe0f",
    ],
)
def test_a_name_is_one_that_people_can_read(name: str) -> None:
    """Nothing in it is unseen, and a letter or digit is: a page without a name names nobody."""
    for field in ("client_name", "client_name_en"):
        [fault] = FIELDS[field].find_faults(name, *AROUND)
        assert (fault.field, fault.sentence) == (field, "Use one line of plain text.")
        for good in ("Sở", "So\u031b\u0309 Y tế", "1", "Cổng (thử) – «4»"):
            assert list(FIELDS[field].find_faults(good, *AROUND)) == []


def test_a_field_that_people_set_or_read_in_words_has_a_label() -> None:
    assert [n for n, row in FIELDS.items() if By.AGENCY in row.by and not row.label] == []
    listed = {name: {*row.choices} for name, row in FIELDS.items()} | {
        "scope": {*SCOPES, *INTERFACE_SCOPES}
    }
    assert [n for n, row in FIELDS.items() if {*row.words} - listed[n]] == []
    for name, whole in (("grant_types", GRANT_TYPES), ("scope", {**SCOPES, **INTERFACE_SCOPES})):
        assert {*FIELDS[name].words} == {*whole}
