import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from idp.assurance.evidence import amr_of, authentication_of
from idp.factors.models import Authenticator
from idp.kit import clock
from idp.kit.migrations import is_current, migration_config, newest_revision, upgrade
from idp.sessions.evidence import Evidence, kinds_of
from idp.sessions.models import SignInSession
from idp.tokens.logout import BACKCHANNEL_LOGOUT
from tests.support.drift import check_drift
from tests.support.postgres import Database, DatabaseServer


@pytest.fixture
def empty(postgres: DatabaseServer) -> Iterator[Database]:
    database = postgres.create()
    yield database
    postgres.drop(database)


def test_migrations_make_what_the_models_say(database: Database) -> None:
    check_drift(database.owner_url)


def test_migrations_go_up_and_down_and_up(empty: Database) -> None:
    assert not is_current(empty.owner_url)
    upgrade(empty.owner_url)
    upgrade(empty.owner_url)
    assert is_current(empty.owner_url)
    command.downgrade(migration_config(empty.owner_url), "base")
    engine = create_engine(empty.owner_url)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()
    upgrade(empty.owner_url)
    assert is_current(empty.app_url)


PERSON = "00000000-0000-4000-8000-000000000001"
OLD_ROWS = f"""
INSERT INTO person (id, status, proofing, credentials_epoch, name, birthdate, sex, nationality,
                    locale, claims, created_at, updated_at)
VALUES ('{PERSON}', 'active', 2, 0, 'Hoa', '1990', 'female', 'VN', 'vi', '{{}}', now(), now());
INSERT INTO totp_factor (id, person_id, secret_encrypted, last_step, confirmed_at, created_at)
VALUES (gen_random_uuid(), '{PERSON}', 'sealed', 7, now(), now()),
       (gen_random_uuid(), '{PERSON}', 'begun', 0, NULL, now());
INSERT INTO sign_in_session (sid, token_hash, person_id, credentials_epoch, authentication, amr,
    authenticated_at, created_at, last_seen_at, idle_expires_at, expires_at, source_address,
    user_agent)
SELECT gen_random_uuid(), amr[1]::bytea || amr[2]::bytea, '{PERSON}', 0, authentication, amr,
       '2026-11-29 09:30:00.123456+07', now(), now(), now(), now(), '', ''
FROM (VALUES (1, ARRAY['pwd', '']), (2, ARRAY['pwd', 'otp', 'mfa'])) AS v (authentication, amr)
"""


def test_sessions_and_apps_of_before_count_as_they_did(empty: Database) -> None:
    """0015: what a session's `amr` named is its evidence, with the instant to the microsecond."""
    config = migration_config(empty.owner_url)
    command.upgrade(config, revision_before("0015"))
    engine = create_engine(empty.owner_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(OLD_ROWS)
        connection.exec_driver_sql("UPDATE sign_in_session SET amr = array_remove(amr, '')")
    old = read(engine, "SELECT authentication, amr, authenticated_at FROM sign_in_session")
    command.upgrade(config, "0015")
    with Session(engine) as db:
        evidence = list(db.scalars(select(SignInSession.evidence)))
        rows = db.execute(select(Authenticator.kind, Authenticator.last_step))
        assert sorted(map(tuple, rows)) == [("totp", 0), ("totp", 7)]
    now = [(authentication_of(kinds_of(e)), [*amr_of(kinds_of(e))], newest(e)) for e in evidence]
    assert sorted(now) == old
    command.downgrade(config, revision_before("0015"))
    assert read(engine, "SELECT authentication, amr, authenticated_at FROM sign_in_session") == old
    assert read(engine, "SELECT last_step FROM totp_factor") == [(0,), (7,)]
    engine.dispose()


def newest(evidence: Evidence) -> datetime:
    return max(datetime.fromisoformat(shown["at"]) for shown in evidence)


def read(engine: Engine, statement: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return sorted(tuple(row) for row in connection.exec_driver_sql(statement))


def test_clients_that_sign_go_on_as_they_did(empty: Database) -> None:
    """F6, 0025: who has keys may sign as before; who registers keys later is as strict as new."""
    config = migration_config(empty.owner_url)
    command.upgrade(config, revision_before("0025"))
    engine = create_engine(empty.owner_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(OLD_CLIENTS)
    old = read(engine, PROFILES)
    command.upgrade(config, "0025")
    expected = {"inside": "openid-legacy", "behind": "openid-legacy"}
    assert read(engine, PROFILES) == sorted((who, expected.get(who, what)) for who, what in old)
    command.downgrade(config, revision_before("0025"))
    assert read(engine, PROFILES) == old
    engine.dispose()


def test_posts_go_on_working_and_none_that_waits_comes_back_as_one_that_works(
    empty: Database,
) -> None:
    """G3, 0026: what is held works; going back ends what two operators have not agreed to."""
    config = migration_config(empty.owner_url)
    command.upgrade(config, revision_before("0026"))
    engine = create_engine(empty.owner_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(OLD_POSTS)
    old = read(engine, POSTS)
    command.upgrade(config, "0026")
    waiting = read(engine, "SELECT waits_since, agreed_by_numbers FROM mandate")
    assert waiting == [(None, [])] * 2
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE mandate SET waits_since = now() WHERE valid_on = '2020-01-02'"
        )
    command.downgrade(config, revision_before("0026"))
    assert read(engine, POSTS) == [old[0], (old[1][0], True)]
    command.upgrade(config, "0026")
    engine.dispose()


POSTS = "SELECT valid_on, ended_on IS NOT NULL FROM mandate"
OLD_POSTS = """
INSERT INTO person (id, status, proofing, credentials_epoch, name, birthdate, sex, nationality,
    locale, claims, created_at, updated_at)
VALUES (gen_random_uuid(), 'active', 2, 0, 'Hoa', '1990', 'female', 'VN', 'vi', '{}', now(), now());
INSERT INTO mandate (id, person_id, role, valid_on, evidence, created_at)
SELECT gen_random_uuid(), id, 'operator', valid_on::date, '{}', now()
FROM person, (VALUES ('2020-01-01'), ('2020-01-02')) AS posts (valid_on);
"""
PROFILES = "SELECT client_id, profile FROM relying_party"
OLD_CLIENTS = """
INSERT INTO agency (id, code, name_vi, name_en, tier, valid_on)
VALUES ('00000000-0000-4000-8000-000000000001', 'G01', 'Tên', '', 'central', '2020-01-01');
INSERT INTO information_system (id, agency_id, code, name_vi, name_en, needs_sign_in, login_state)
SELECT id, id, 'SYS', 'Tên', '', true, 'none' FROM agency;
INSERT INTO relying_party (id, client_id, system_id, environment, state, profile, require_pkce,
    client_name, client_name_en, client_uri, application_type, redirect_uris,
    post_logout_redirect_uris, grant_types, response_types, scope, token_endpoint_auth_method,
    id_token_signed_response_alg, contacts, review_note, created_at, updated_at, jwks, jwks_uri)
SELECT gen_random_uuid(), client_id, s.id, 'sandbox', 'live', profile, true, 'Tên', '', '', 'web',
    '{}', '{}', '{}', '{}', 'openid', 'none', 'RS256', '{}', '', now(), now(), jwks::jsonb, jwks_uri
FROM information_system s, (VALUES
    ('plain', 'openid', NULL, ''), ('inside', 'openid', '{"keys": []}', ''),
    ('behind', 'openid', NULL, 'https://a.example/jwks'),
    ('fapi', 'fapi2-security', '{"keys": []}', '')) AS v (client_id, profile, jwks, jwks_uri)
"""


OLD_FIGURES = """
INSERT INTO adoption_day (day_on, closed_at) VALUES ('2026-02-28', now()), ('2026-03-01', now());
INSERT INTO adoption_figure (day_on, subject_kind, figure, window_name, value)
SELECT day_on, 'person', 'REG', 'at_day', 5 FROM adoption_day;
INSERT INTO denominator (kind, counted_on, value, source, is_synthetic)
VALUES ('residents', '2026-01-01', 40, 'Census', false);
"""
FIGURES = "SELECT day_on, value FROM adoption_figure"
DENOMINATORS = "SELECT counted_on, value, source FROM denominator"
REVISION = """
INSERT INTO adoption_revision (number, reason) VALUES (1, 'A fault');
INSERT INTO adoption_figure VALUES ('2026-02-28', 'person', 'REG', 'at_day', 6, 1),
                                   ('2026-03-01', 'person', 'REG', 'at_day', NULL, 1);
INSERT INTO denominator VALUES ('residents', '2026-01-01', 50, 'Census', false, 2, NULL, 1);
"""


def test_figures_of_before_are_the_first_publication_and_the_newest_go_back(
    empty: Database,
) -> None:
    """D2, D5, 0033: by today's rules, read until now; nobody rewrites them any more."""
    config = migration_config(empty.owner_url)
    command.upgrade(config, revision_before("0033"))
    engine, serving = create_engine(empty.owner_url), create_engine(empty.app_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(OLD_FIGURES)
    old = read(engine, FIGURES), read(engine, DENOMINATORS)
    command.upgrade(config, "0033")
    assert (read(engine, FIGURES), read(engine, DENOMINATORS)) == old
    [told] = {*read(engine, "SELECT snapshot, time_zone, strong_acrs::text FROM adoption_day")}
    assert told[1:] == ("Asia/Ho_Chi_Minh", "{LoA2,LoA3,LoA4}")
    with serving.begin() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.exec_driver_sql("UPDATE adoption_figure SET value = 9")
    with serving.begin() as connection:
        connection.exec_driver_sql(REVISION)
    command.downgrade(config, revision_before("0033"))
    assert read(engine, FIGURES) == [(date(2026, 2, 28), 6)]
    assert read(engine, DENOMINATORS) == [(date(2026, 1, 1), 50, "Census")]
    with serving.begin() as connection:
        connection.exec_driver_sql("UPDATE adoption_figure SET value = 9")
    command.upgrade(config, "0033")
    engine.dispose()
    serving.dispose()


def test_serving_role_reads_which_schema_it_has(database: Database) -> None:
    assert is_current(database.app_url)


def test_the_newest_revision_is_the_one_alembic_goes_to() -> None:
    assert newest_revision() == ScriptDirectory.from_config(migration_config("")).get_current_head()


def test_deliveries_of_sign_outs_become_messages_and_back(empty: Database) -> None:
    """0014: what waits is still sent, by its own waits; what became of the others stays known."""
    config = migration_config(empty.owner_url)
    command.upgrade(config, revision_before("0014"))
    engine = create_engine(empty.owner_url)
    with engine.begin() as db:
        agency = fill(db, "agency", tier="central")
        system = fill(db, "information_system", agency_id=agency, login_state="none")
        party = fill(
            db,
            "relying_party",
            system_id=system,
            client_id="rp",
            environment="production",
            state="live",
        )
        for outcome in (None, "delivered", "failed"):
            given = {"relying_party_id": party, "outcome": outcome, "last_status": "500"}
            fill(db, "logout_delivery", attempts=2, **given)
        deliveries = rows(db, "logout_delivery")
    command.upgrade(config, "0014")
    with engine.begin() as db:
        messages = rows(db, "outbox_message")
        fill(db, "outbox_message", kind="mail", recipient="7", key="1")
    for message, delivery in zip(messages, map(dict, deliveries), strict=True):
        ids = (delivery.pop(name) for name in ("relying_party_id", "sid", "person_id"))
        party_id, sid, person_id = map(str, ids)
        assert message.pop("kind") == BACKCHANNEL_LOGOUT
        assert (message.pop("recipient"), message.pop("key")) == (party_id, sid)
        told = {"client_id": "rp", "sid": sid, "person_id": person_id}
        assert message.pop("payload") == told
        assert message == delivery
    command.downgrade(config, revision_before("0014"))
    with engine.begin() as db:
        assert rows(db, "logout_delivery") == deliveries
    engine.dispose()


AT = datetime(2026, 11, 29, tzinfo=UTC)
SOMEBODY = """
INSERT INTO person (id, status, proofing, credentials_epoch, name, birthdate, sex, nationality,
                    locale, claims, created_at, updated_at)
VALUES (gen_random_uuid(), 'active', 1, 0, 'Hoa', '1990', 'female', 'VN', 'vi', '{}', now(), now())
RETURNING id
"""


def test_factors_of_before_are_confirmed_and_those_that_are_not_leave_when_going_back(
    empty: Database,
) -> None:
    """0020: what counted counts on; going back makes no factor count that did not."""
    config = migration_config(empty.owner_url)
    command.upgrade(config, revision_before("0020"))
    engine = create_engine(empty.owner_url)
    with engine.begin() as db:
        person, alone = (db.execute(text(SOMEBODY)).scalar_one() for _ in range(2))
        held = fill(db, "authenticator", person_id=person, kind="totp", confirmed_at=AT)
        begun = fill(db, "authenticator", person_id=person, kind="totp")
    command.upgrade(config, "0020")
    with engine.begin() as db:
        kept = {row["id"]: row for row in rows(db, "authenticator")}
        assert [kept[row]["carries_proofing"] for row in (held, begun)] == [2, 0]
        assert kept[held]["carries_from"] == AT
        waits = {"carries_proofing": 1, "carries_from": clock.now() + timedelta(hours=72)}
        given = {"person_id": alone, "kind": "totp", "confirmed_at": AT}
        added = fill(db, "authenticator", **given, **waits)
    command.downgrade(config, revision_before("0020"))
    with engine.begin() as db:
        left = {row["id"] for row in rows(db, "authenticator") if row["removed_at"] is None}
        assert left == {held, begun}
        assert added not in left
    engine.dispose()


def test_what_waits_has_the_authors_whom_the_journal_knows(empty: Database) -> None:
    """0022: who registered, proposed or submitted it; not who looked at it, nor what is done."""
    config = migration_config(empty.owner_url)
    command.upgrade(config, revision_before("0022"))
    engine = create_engine(empty.owner_url)
    with engine.begin() as db:
        people = [fill(db, "person", status="active", sex="female") for _ in range(3)]
        numbers = dict(iter(db.execute(text("SELECT id, subject_number FROM person"))))
        system = fill(
            db,
            "information_system",
            agency_id=fill(db, "agency", tier="central"),
            login_state="none",
        )
        parties = {}
        for state in ("submitted", "live"):
            more = {"client_id": state, "environment": "production", "state": state}
            parties[state] = fill(db, "relying_party", system_id=system, **more)
            for person, event, to in (
                (people[0], "relying_party.created", "submitted"),
                (people[1], "relying_party.state_changed", "submitted"),
                (people[2], "relying_party.state_changed", "changes_requested"),
            ):
                db.execute(
                    text(
                        "INSERT INTO journal_entry (at, event, subject_number, relying_party_id,"
                        " counted, data) VALUES (now(), :event, :number, :party, false,"
                        " jsonb_build_object('to', CAST(:to AS text)))"
                    ),
                    {
                        "event": event,
                        "number": numbers[person],
                        "party": parties[state],
                        "to": to,
                    },
                )
    command.upgrade(config, "0022")
    with engine.begin() as db:
        rows = db.execute(text("SELECT id, authored_by_ids FROM relying_party"))
        authors = {party: {*ids} for party, ids in rows}
    assert authors == {parties["submitted"]: {*people[:2]}, parties["live"]: set()}
    command.downgrade(config, revision_before("0022"))
    engine.dispose()


def test_consents_of_before_are_for_what_their_page_said(empty: Database) -> None:
    """0023, G24: a value that was not shown is asked about; an interface is its first agency's."""
    config = migration_config(empty.owner_url)
    command.upgrade(config, revision_before("0023"))
    engine = create_engine(empty.owner_url)
    land, roads = "https://land.example/", "https://roads.example/"
    with engine.begin() as db:
        parties = []
        for client_id, of_it in (("first", [land]), ("second", [land, roads])):
            agency = fill(db, "agency", code=client_id, tier="central")
            system = fill(
                db, "information_system", code=client_id, agency_id=agency, login_state="none"
            )
            usual = {"system_id": system, "client_id": client_id, "environment": "production"}
            parties.append(
                fill(
                    db,
                    "relying_party",
                    **usual,
                    state="suspended",
                    audiences=of_it,
                    created_at=f"2026-01-0{1 + len(parties)}",
                )
            )
        person = fill(db, "person", sex="female", status="active", proofing=1, credentials_epoch=0)
        between = {"person_id": person, "relying_party_id": parties[0]}
        evidence = json.dumps({"shown": ["Full name", "Phone"], "resources": [land]})
        claims = ["sub", "name", "nickname", "email", "email_verified", "phone_number"]
        fill(db, "consent", **between, claims=claims, evidence=evidence)
    command.upgrade(config, "0023")
    with engine.begin() as db:
        [consent], [agreement] = rows(db, "consent"), rows(db, "consent_agreement")
        registered = db.execute(text("SELECT client_id, audiences FROM relying_party ORDER BY 1"))
        assert dict(map(tuple, registered)) == {"first": [land], "second": [roads]}
        assert db.scalar(text("SELECT count(suspended_at) FROM relying_party")) == 2
        fill(db, "consent_agreement", consent_id=consent["id"], evidence='{"shown": ["Sex"]}')
    assert consent["claims"] == ["sub", "name", "phone_number"]
    assert consent["resources"] == agreement["resources"] == [land]
    assert (agreement["claims"], agreement["evidence"]) == (claims, json.loads(evidence))
    command.downgrade(config, revision_before("0023"))
    with engine.begin() as db:
        [consent] = rows(db, "consent")
    assert consent["evidence"] == {"shown": ["Sex"]}
    engine.dispose()


def test_grants_and_subjects_of_production_outlive_the_sandboxs(empty: Database) -> None:
    """G8, G22: 0024 ends what the sandbox was granted under subjects it has no more; and back."""
    config = migration_config(empty.owner_url)
    command.upgrade(config, revision_before("0024"))
    engine = create_engine(empty.owner_url)
    granted = {}
    with engine.begin() as db:
        agency = fill(db, "agency", tier="central")
        system = fill(db, "information_system", agency_id=agency, login_state="none")
        person = fill(db, "person", status="active", proofing=2, sex="female")
        session = uuid4()
        fill(db, "sign_in_session", returning="sid", sid=session, person_id=person, evidence="[]")
        for environment in ("sandbox", "production"):
            named = {"environment": environment, "client_id": environment, "state": "live"}
            party = fill(db, "relying_party", system_id=system, **named)
            of_it = {"relying_party_id": party, "person_id": person, "sid": session}
            granted[environment] = fill(db, "token_grant", **of_it)
    command.upgrade(config, "0024")
    standing = "SELECT id FROM token_grant WHERE revoked_at IS NULL"
    assert read(engine, standing) == [(granted["production"],)]
    assert read(engine, "SELECT is_test FROM person") == [(False,)]
    with engine.begin() as db:
        db.exec_driver_sql("UPDATE token_grant SET authenticated_at = NULL")
        fill(db, "person", status="active", proofing=2, sex="female", is_test=True)
    command.downgrade(config, revision_before("0024"))
    assert read(engine, standing) == [(granted["production"],)]
    assert read(engine, "SELECT DISTINCT authenticated_at = created_at FROM token_grant") == [
        (True,)
    ]
    assert read(engine, "SELECT status FROM person") == [("active",), ("closed",)]
    command.upgrade(config, "0024")
    after = "SELECT is_test, status, claims FROM person"
    assert read(engine, after) == [(False, "active", {}), (True, "active", {})]
    engine.dispose()


def revision_before(revision: str) -> str:
    """The one that a migration goes up from."""
    found = ScriptDirectory.from_config(migration_config("")).get_revision(revision)
    assert isinstance(found.down_revision, str)
    return found.down_revision


MADE_UP = {
    "uuid": "gen_random_uuid()",
    "text": "''",
    "bytea": "''",
    "boolean": "true",
    "bigint": "0",
    "smallint": "0",
    "jsonb": "'{}'",
    "ARRAY": "'{}'",
    "date": "current_date",
    "timestamp with time zone": "now()",
}


def fill(db: Connection, table: str, *, returning: str = "id", **given: object) -> UUID:
    """Insert a row that has something in each column that must not be empty; its id."""
    required = db.execute(
        text(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = :it"
            " AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'"
        ),
        {"it": table},
    )
    values = {name: MADE_UP[kind] for name, kind in required if name not in given}
    values |= {name: f":{name}" for name in given}
    columns, sources = ", ".join(values), ", ".join(values.values())
    insert = text(f"INSERT INTO {table} ({columns}) VALUES ({sources}) RETURNING {returning}")
    made = db.execute(insert, given).scalar_one()
    assert isinstance(made, UUID)
    return made


def rows(db: Connection, table: str) -> list[dict[str, object]]:
    return [dict(row) for row in db.execute(text(f"SELECT * FROM {table} ORDER BY id")).mappings()]


def test_who_is_at_a_host_and_who_opened_a_registration_are_known_of_before(
    empty: Database,
) -> None:
    """0029: hosts of what is and was live; the authors of clients that registered themselves."""
    config = migration_config(empty.owner_url)
    command.upgrade(config, revision_before("0029"))
    engine = create_engine(empty.owner_url)
    with engine.begin() as db:
        agency = fill(db, "agency", code="G01", tier="central")
        system = fill(db, "information_system", code="S", agency_id=agency, login_state="none")
        of_it = {"system_id": system, "environment": "production", "approved_at": AT}
        for state, address in (
            ("live", "https://live.example/cb"),
            ("retired", "https://gone.example/cb"),
            ("live", "http://localhost/cb"),
            ("submitted", "https://asked.example/cb"),
        ):
            more = {"client_id": address, "state": state, "redirect_uris": [address]}
            party = fill(db, "relying_party", **{**of_it, **more})
            if state == "retired":
                noted(db, "relying_party.state_changed", {"to": state}, relying_party_id=party)
        person = db.execute(text(SOMEBODY)).scalar_one()
        number = db.scalar(text("SELECT subject_number FROM person"))
        by = {"actor": "operator", "actor_number": number}
        noted(db, "registration.opened", {"system": "S"}, **by)
        of_it = {"system_id": system, "environment": "sandbox", "state": "live"}
        later = {"created_at": AT + timedelta(minutes=1)}
        itself = {"client_id": "itself", "registration_token_hash": b"x"}
        fill(db, "relying_party", **of_it, **later, **itself)
        fill(db, "relying_party", **of_it, **later, client_id="by hand")
        token = {"system_id": system, "created_at": AT}
        fill(db, "initial_access_token", **token, returning="system_id")
    command.upgrade(config, "0029")
    assert read(engine, f"SELECT host, last_at = '{AT}' FROM host_tenure") == [
        ("gone.example", True),
        ("live.example", False),
    ]
    authors = "SELECT client_id, authored_by_ids FROM relying_party WHERE environment = 'sandbox'"
    assert read(engine, authors) == [("by hand", []), ("itself", [person])]
    made = "SELECT created_by_person_id FROM initial_access_token"
    assert read(engine, made) == [(person,)]
    command.downgrade(config, revision_before("0029"))
    command.upgrade(config, "0029")
    engine.dispose()


def noted(db: Connection, event: str, data: dict[str, str], **columns: object) -> None:
    """An entry of the journal at `AT`."""
    values = {"at": AT, "event": event, "counted": False, "data": json.dumps(data), **columns}
    names, sources = ", ".join(values), ", ".join(f":{name}" for name in values)
    db.execute(text(f"INSERT INTO journal_entry ({names}) VALUES ({sources})"), values)
