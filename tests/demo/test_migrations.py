"""The demo's data goes down to the schema of the first edition, and comes up again the same."""

import json
from collections.abc import Iterator
from hashlib import sha256
from operator import itemgetter
from typing import Any

import pytest
from alembic import command
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine, create_engine, inspect, select
from sqlalchemy.engine import Connection

from idp.demo.seed import seed_country
from idp.kit.crypto import Keyring
from idp.kit.errors import ConfigurationError
from idp.kit.migrations import migration_config, upgrade
from idp.kit.sealed import sealed_columns
from idp.schema import metadata
from idp.settings import Settings
from tests.support.postgres import Database

FIRST_EDITION = "0012"
MADE_ANEW = {"alembic_version"}
UNKNOWN_THEN = {
    "mandate": {"evidence", "granted_by_id", "service_ids", "created_at"},
    "journal_entry": {"source_id"},
    "population_record": {"number_encrypted", "email_encrypted", "address_encrypted"},
    "person": {"matched_at"},
    "authenticator": {"added_by"},
    "adoption_revision": {"revised_at"},
    "consent": {"purpose_key"},
    "relying_party": {"purpose_vi", "purpose_en", "claim_purposes_vi", "claim_purposes_en"},
    "adoption_day": {"xact_id", "snapshot", "time_zone", "strong_acrs"},
}
"""Columns that the first edition has no place for."""
FROM_FILES = {
    *("desk", "group_denominator", "place_denominator"),
    *("delivered_list", "delivered_set", "listed_unknown"),
}
"""Tables it has no place for: the files they were read from are still there."""
COUNTED = {
    "adoption_month",
    "adoption_month_read",
    "adoption_month_set",
    "adoption_day_read",
    "adoption_day_set",
    "adoption_rolling",
    "adoption_slice",
    "adoption_action",
}
"""Nor for these: `idp adoption rollup --rebuild` counts them again from the journal."""
ANSWERED = {"satisfaction_count"}
"""Nor for what people answered: what months told of it stands in the journal, the rest is gone."""


@pytest.fixture
def seeded(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """A database with a small country, as its owner sees it; the secrets in the environment."""
    [key] = settings.secrets.encryption_keys
    lookup = settings.secrets.lookup_key.get_secret_value()
    monkeypatch.setenv("IDP_SECRETS__ENCRYPTION_KEYS", json.dumps([key.get_secret_value()]))
    monkeypatch.setenv("IDP_SECRETS__LOOKUP_KEY", lookup)
    owner = create_engine(database.owner_url)
    assert seed_country(owner, settings=settings, keyring=settings.secrets.keyring(), scale=0.02)
    yield owner
    owner.dispose()


def contents(connection: Connection) -> dict[str, list[str]]:
    """Every row of every table as text, in order; columns by name, whatever their order.

    Without ciphertexts, which are different each time: see `opened`.
    """
    sealed = {(c.column.table.name, c.column.name) for c in sealed_columns(metadata)}
    found = {}
    for table in sorted({*inspect(connection).get_table_names()} - MADE_ANEW):
        anew = {column for of_table, column in sealed if of_table == table}
        left_out = ", ".join(f"'{name}'" for name in sorted(UNKNOWN_THEN.get(table, set()) | anew))
        row = f"to_jsonb(t) - ARRAY[{left_out}]::text[]"
        rows = connection.exec_driver_sql(f"SELECT ({row})::text FROM {table} AS t ORDER BY 1")
        found[table] = [text for (text,) in rows]
    return found


def opened(connection: Connection, keyring: Keyring) -> dict[str, list[str]]:
    """What every encrypted column holds."""
    found = {}
    for each in sealed_columns(metadata):
        table, name = each.column.table, each.column.name
        if name not in UNKNOWN_THEN.get(table.name, set()):
            rows = connection.execute(select(table).where(each.column.is_not(None))).mappings()
            found[each.purpose] = sorted(
                each.open(keyring, row[name], **{key: row[key] for key in each.row}) for row in rows
            )
    return found


def opened_as_before(connection: Connection) -> list[str]:
    """The citizen numbers as the version before 0017 reads them: bound to the row's id alone."""
    secret = Settings().secrets.encryption_keys[0].get_secret_value()
    cipher = AESGCM(sha256(b"encrypt:" + secret.encode()).digest())
    rows = connection.exec_driver_sql("SELECT id, value_encrypted FROM person_identifier")
    return sorted(cipher.decrypt(v[4:16], v[16:], str(i).encode()).decode() for i, v in rows)


def actor_in_data(entry: str) -> dict[str, Any]:
    """The entry as versions before 0022 hold it: who acted stands with the data."""
    row: dict[str, Any] = json.loads(entry)
    acted = {name: row.pop(name) for name in ("actor", "actor_number")}
    row["data"] |= {name: value for name, value in acted.items() if value is not None}
    return row


def is_notice(message: str) -> bool:
    """Whether it is news to a person, for which the first edition has no place."""
    return str(json.loads(message)["kind"]).startswith(("mail.", "sms."))


FORGOTTEN = {"host_tenure": "last_at", "relying_party": "client_secret_at"}
"""Instants for which the first edition has no place, by table."""


def forget(instant: str, row: str) -> str:
    """The row with nothing in that column."""
    return json.dumps({**json.loads(row), instant: None}, sort_keys=True)


def test_the_demos_data_goes_down_and_up_again(
    seeded: Engine, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G14: 0017 needs the secrets, says so, and leaves everything as it was without them."""
    with seeded.connect() as connection:
        before, plain = contents(connection), opened(connection, Settings().secrets.keyring())
    assert len(before["person"]) > 50
    assert before["mandate"]
    assert before["authenticator"]
    command.downgrade(migration_config(database.owner_url), FIRST_EDITION)
    with seeded.connect() as connection:
        names = inspect(connection).get_table_names()
        assert {"staff_member", "representation", "totp_factor", "logout_delivery"} <= {*names}
        first = contents(connection)
        numbers = opened_as_before(connection)
    assert numbers == plain["person_identifier.value_encrypted"]
    names = [json.loads(entry)[0] for entry in plain["population_record.entry_encrypted"]]
    assert sorted(json.loads(row)["name"] for row in first["population_record"]) == sorted(names)
    assert len(first["staff_member"]) + len(first["representation"]) == len(before["mandate"])
    assert len(first["totp_factor"]) == len(before["authenticator"])
    then = sorted(map(actor_in_data, before["journal_entry"]), key=itemgetter("id"))
    assert then == sorted(map(json.loads, first["journal_entry"]), key=itemgetter("id"))
    with monkeypatch.context() as without:
        without.delenv("IDP_SECRETS__LOOKUP_KEY")
        with pytest.raises(ConfigurationError, match="Secrets"):
            upgrade(database.owner_url)
    upgrade(database.owner_url)
    with seeded.connect() as connection:
        after = contents(connection)
        assert opened(connection, Settings().secrets.keyring()) == plain
    for tables in (before, after):
        for table, instant in FORGOTTEN.items():
            tables[table] = sorted(forget(instant, row) for row in tables[table])
    before["outbox_message"] = [row for row in before["outbox_message"] if not is_notice(row)]
    for table, rows in before.items():
        if table in FROM_FILES | COUNTED | ANSWERED:
            assert (bool(rows), after[table]) == (True, [])
            continue
        assert after[table] == rows, table
