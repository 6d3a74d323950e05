"""Whoever holds the database alters what lies encrypted: every page that reads it refuses in words.

Generated from the program's routes and from what each of them was seen to open.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import LargeBinary, delete, literal, select, update

from idp.factors.models import FailureCounter
from idp.factors.password import hash_password
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.sealed import SealedColumn, sealed_columns
from idp.people.contacts import add_contact
from idp.people.identifiers import find_person, give_number, hashes_of
from idp.people.models import PASSWORD_HASH, ContactKind, Person
from idp.schema import metadata
from idp.settings import Settings
from idp.testers.invitations import invite_tester
from tests.architecture.route_states import ADMITTED, ASKED, TABLE, State
from tests.architecture.test_route_states import Asked, ask
from tests.support.country import PASSWORD
from tests.support.states import BY_SECRET, Browser, World, whole_world

COLUMNS = {column.purpose: column for column in sealed_columns(metadata)}
NEW = "bốn con mèo trên mái nhà"
FIELDS = {
    "POST /signin/{interaction_id}/password": {"password": NEW},
    "POST /signin/{interaction_id}/otp": {"otp": "123456"},
    "POST /account/password": {"present": f"{NEW} ", "password": NEW, "again": NEW},
    "POST /account/factor/new": {"otp": "123456"},
    "POST /account/codes": {"kept": "yes"},
    "GET /authorize": {**ASKED, "login_hint": "001190000001"},
}
"""What a form must hold for its route to read anything."""
READS = {
    "POST /signin/{interaction_id}/password": {"person.password_encrypted"},
    "POST /account/password": {"person.password_encrypted"},
    "POST /signin/{interaction_id}/otp": {"authenticator.secret_encrypted"},
    "GET /account/factor/new": {"authenticator.secret_encrypted"},
    "GET /account/codes": {"authenticator.secret_encrypted"},
    "POST /account/codes": {"authenticator.secret_encrypted"},
    "GET /account/details": {"person_contact.value_encrypted", "person_identifier.value_encrypted"},
    "GET /userinfo": {"person_contact.value_encrypted"},
    "GET /portal/applications/{client_id}/testers": {"tester.number_encrypted"},
}
"""Some that must be among what is seen, or nothing is shown."""
WITHOUT = {"interaction.login_hint_encrypted", "journal_source.source_encrypted"}
"""What a page does without, or says of in its words, and goes on; the log has the alarm."""


@pytest.fixture(scope="module")
def world(module_settings: Settings) -> Iterator[World]:
    world = whole_world(module_settings)
    keyring = world.app.state.runtime.keyring
    with world.transaction() as db:
        is_free = find_person(db, number_hashes=hashes_of(keyring, "001190000001")) is None
        for n, (state, person_id) in enumerate(world.people.items()):
            own: dict[str, Any] = {"keyring": keyring, "person_id": person_id, "at": clock.now()}
            hashed = hash_password(module_settings.passwords, PASSWORD)
            sealed = PASSWORD_HASH.seal(keyring, hashed, id=person_id)
            db.get_one(Person, person_id).password_encrypted = sealed
            is_named = state is State.TWO_FACTORS and is_free
            give_number(db, number="001190000001" if is_named else f"0011900001{n:02d}", **own)
            add_contact(db, kind=ContactKind.EMAIL, value=f"n{n}@example.vn", **own)
        for number in ("001190000150", "001190000151"):
            sandbox = {"relying_party_id": world.names["application"], "keyring": keyring}
            invite_tester(db, number=number, at=clock.now(), **sandbox)
    yield world
    world.app.state.runtime.engine.dispose()


@contextmanager
def altered(world: World, column: SealedColumn, how: str) -> Iterator[None]:
    """Every value of the column is another row's, cut off or changed; afterwards as it was."""
    [key] = column.column.table.primary_key.columns
    with world.transaction() as db:
        stored = select(key, column.column).where(column.column.is_not(None))
        before = [tuple(row) for row in db.execute(stored)]
        others = [*before[1:], *before[:1]]
        for (row, value), (_, other) in zip(before, others, strict=True):
            changed = value[:-1] + bytes([value[-1] ^ 1])
            new = {
                "moved": other if len(before) > 1 else changed,
                "cut": value[:20],
                "emptied": b"",
            }
            put(db, column, row, new.get(how, changed))
    yield
    with world.transaction() as db:
        for row, value in before:
            put(db, column, row, value)


def put(db: Any, column: SealedColumn, row: Any, value: bytes) -> None:
    [key] = column.column.table.primary_key.columns
    values = {column.column: literal(value, LargeBinary())}
    db.execute(update(column.column.table).where(key == row).values(values))


@dataclass
class Asker:
    """Somebody admitted at one route, who was there before."""

    asked: Asked
    state: State
    browser: Browser

    @classmethod
    def at(cls, world: World, route: str) -> "Asker":
        found = ask(world, route)
        line = replace(found.line, fields=FIELDS.get(route, found.line.fields))
        asked = Asked(world, found.method, found.path, line, found.names, found.half_way)
        state = next((s for s in reversed(State) if line.kind[s] is ADMITTED), State.TWO_FACTORS)
        browser = asked.browser(state)
        browser.get(asked.path)
        with world.transaction() as db:
            db.execute(delete(FailureCounter))
        return cls(asked, state, browser)

    def send(self) -> Response:
        return self.asked.send(self.state, self.browser)


@pytest.mark.parametrize("route", TABLE)
def test_no_page_fails_on_an_altered_row(
    world: World, route: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """G14: it is a refusal with a code, and an alarm that names the place; nothing of either."""
    opened: set[str] = set()
    openly, asker = SealedColumn.open, Asker.at(world, route)

    def noting(self: SealedColumn, keyring: Keyring, sealed: bytes, **row: object) -> str:
        opened.add(self.purpose)
        return openly(self, keyring, sealed, **row)

    with monkeypatch.context() as patch:
        patch.setattr(SealedColumn, "open", noting)
        assert asker.send().status_code < 500
    assert opened >= READS.get(route, set())
    for purpose, how in product(sorted(opened), ("moved", "cut", "emptied", "changed")):
        asker = Asker.at(world, route)
        caplog.clear()
        with caplog.at_level(logging.ERROR), altered(world, COLUMNS[purpose], how):
            response = asker.send()
        alarms = [record.getMessage() for record in caplog.records]
        assert any(a.startswith(f"data.altered {purpose} of row") for a in alarms), (purpose, how)
        assert "encrypted" not in response.text, "where it was is for operators"
        expected = {200, 303} if purpose in WITHOUT else {409}
        assert response.status_code in expected, (purpose, how)


def test_a_pushed_request_that_was_altered_is_not_opened(world: World) -> None:
    """G14: as any that cannot be opened; untouched it is, the control."""
    browser = world.browser(State.TWO_FACTORS)

    def opened() -> int:
        pushed = browser.send("POST", "/par", data=ASKED, auth=BY_SECRET).json()
        query = {"client_id": "ministry", "request_uri": pushed["request_uri"]}
        return browser.get("/authorize", **query).status_code

    assert opened() == 303
    pushed = browser.send("POST", "/par", data=ASKED, auth=BY_SECRET).json()
    with altered(world, COLUMNS["pushed_request.parameters_encrypted"], "changed"):
        query = {"client_id": "ministry", "request_uri": pushed["request_uri"]}
        assert browser.get("/authorize", **query).status_code == 400
