"""However a sign-in ends, the journal holds exactly one outcome for it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, text

from idp.interactions.end import sweep_abandoned
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.settings import Settings
from tests.support.country import Citizen, Country, add_citizen
from tests.support.postgres import Database, DatabaseServer
from tests.support.relying_party import TestParty
from tests.support.served import Served, served
from tests.support.sign_in import agree, fresh_code, sign_in
from tests.support.visitor import Page, Visitor


@dataclass(frozen=True)
class Stage:
    """What an ending may use. Each has a citizen of its own."""

    provider: Served
    engine: Engine
    database: Database
    visitor: Visitor
    citizen: Citizen
    unproven: Citizen
    ministry: TestParty
    admin_url: str

    def begin(self, **parameters: str) -> Page:
        """Come to the sign-in pages."""
        return self.visitor.open(self.ministry.authorize_url(**parameters))

    @contextmanager
    def closed_database(self) -> Iterator[None]:
        """Nobody is connected to the database, and nobody gets in."""
        name = sql.Identifier(self.database.name)
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            close = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
            admin.execute(close.format(name, sql.SQL("false")))
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [self.database.name],
            )
            yield
            admin.execute(close.format(name, sql.SQL("true")))
        self.engine.dispose()

    def prove(self, page: Page) -> Page:
        """Sign in with every factor."""
        return sign_in(self.visitor, page, self.citizen)


@pytest.fixture
def stage(
    provider: Served,
    postgres: DatabaseServer,
    engine: Engine,
    module_database: Database,
    country: Country,
    country_settings: Settings,
    country_keyring: Keyring,
    visitor: Visitor,
) -> Stage:
    with transaction(engine) as db:
        citizen = add_citizen(db, settings=country_settings, keyring=country_keyring)
        unproven = add_citizen(db, settings=country_settings, keyring=country_keyring, proofing=0)
    return Stage(
        provider=provider,
        engine=engine,
        database=module_database,
        visitor=visitor,
        citizen=citizen,
        unproven=unproven,
        ministry=country.ministry(provider.url),
        admin_url=postgres.admin.set(drivername="postgresql").render_as_string(hide_password=False),
    )


def success(stage: Stage) -> None:
    page = agree(stage.visitor, stage.prove(stage.begin()))
    assert "code" in stage.ministry.answer(page.url)


def success_pressed_twice(stage: Stage) -> None:
    consent = stage.prove(stage.begin())
    first = agree(stage.visitor, consent)
    assert "code" in stage.ministry.answer(first.url)
    second = stage.visitor.submit(consent, {}, button="consent-allow")
    assert second.status == 400


def silent_walk_through(stage: Stage) -> None:
    success(stage)
    page = stage.begin()
    assert "code" in stage.ministry.answer(page.url)


def prompt_none_is_not_a_sign_in(stage: Stage) -> None:
    page = stage.begin(prompt="none")
    assert stage.ministry.answer(page.url)["error"] == "login_required"


def denied(stage: Stage) -> None:
    page = stage.visitor.submit(stage.prove(stage.begin()), {}, button="consent-deny")
    assert stage.ministry.answer(page.url)["error"] == "access_denied"


def unmet(stage: Stage) -> None:
    page = sign_in(stage.visitor, stage.begin(), stage.unproven)
    assert page.path.endswith("/unmet"), page.url
    page = stage.visitor.open(page.url.replace("/signin/", "/authorize/resume/")[: -len("/unmet")])
    assert stage.ministry.answer(page.url)["error"] == "unmet_authentication_requirements"


def bad_scope(stage: Stage) -> None:
    page = stage.begin(scope="openid service:9.999999")
    assert stage.ministry.answer(page.url)["error"] == "invalid_scope"


def bad_response_type(stage: Stage) -> None:
    page = stage.begin(response_type="magic")
    assert stage.ministry.answer(page.url)["error"] == "unsupported_response_type"


def no_pkce(stage: Stage) -> None:
    page = stage.begin(code_challenge="", code_challenge_method="")
    assert stage.ministry.answer(page.url)["error"] == "invalid_request"


def bad_redirect_is_not_a_sign_in(stage: Stage) -> None:
    page = stage.begin(redirect_uri="https://evil.example/cb")
    assert page.status == 400


def _expire(stage: Stage) -> None:
    with transaction(stage.engine) as db:
        db.execute(text("UPDATE interaction SET expires_at = now() - interval '1 second'"))
    with transaction(stage.engine) as db:
        sweep_abandoned(db)


def abandoned(stage: Stage) -> None:
    stage.begin()
    _expire(stage)


def abandoned_after_the_password(stage: Stage) -> None:
    page = stage.visitor.submit(stage.begin(), {"identifier": stage.citizen.number})
    stage.visitor.submit(page, {"password": stage.citizen.password})
    _expire(stage)
    _expire(stage)


def wrong_password_then_abandoned(stage: Stage) -> None:
    page = stage.visitor.submit(stage.begin(), {"identifier": stage.citizen.number})
    page = stage.visitor.submit(page, {"password": "not the password at all"})
    assert page.path.endswith("/password")
    _expire(stage)


def crash_then_finished(stage: Stage) -> None:
    """The process dies between the pages; another carries on."""
    port = stage.provider.url.rpartition(":")[2]
    with served(stage.database, issuer=stage.provider.url) as other:
        page = stage.begin()
        moved = Page(
            url=page.url.replace(port, other.url.rpartition(":")[2]),
            status=page.status,
            text=page.text,
            headers=page.headers,
        )
        moved = stage.visitor.submit(moved, {"identifier": stage.citizen.number})
        other.kill()
    page = stage.visitor.open(moved.url.replace(other.url.rpartition(":")[2], port))
    page = stage.visitor.submit(page, {"password": stage.citizen.password})
    page = stage.visitor.submit(page, {"otp": fresh_code(stage.citizen)})
    assert "code" in stage.ministry.answer(agree(stage.visitor, page).url)


def database_down_then_finished(stage: Stage) -> None:
    """The database refuses everybody in the middle of the sign-in, and comes back."""
    page = stage.visitor.submit(stage.begin(), {"identifier": stage.citizen.number})
    with stage.closed_database():
        refused = stage.visitor.submit(page, {"password": stage.citizen.password})
        assert refused.status == 503
    while stage.visitor.open(f"{stage.provider.url}/readyz").status != 200:
        time.sleep(0.2)
    page = stage.visitor.submit(page, {"password": stage.citizen.password})
    page = stage.visitor.submit(page, {"otp": fresh_code(stage.citizen)})
    assert "code" in stage.ministry.answer(agree(stage.visitor, page).url)


ENDINGS: list[tuple[Callable[[Stage], None], list[str]]] = [
    (success, ["success"]),
    (success_pressed_twice, ["success"]),
    (silent_walk_through, ["success", "success"]),
    (prompt_none_is_not_a_sign_in, []),
    (denied, ["refused:access_denied"]),
    (unmet, ["refused:unmet_authentication_requirements"]),
    (bad_scope, ["refused:invalid_scope"]),
    (bad_response_type, ["refused:unsupported_response_type"]),
    (no_pkce, ["refused:invalid_request"]),
    (bad_redirect_is_not_a_sign_in, []),
    (abandoned, ["abandoned"]),
    (abandoned_after_the_password, ["abandoned"]),
    (wrong_password_then_abandoned, ["abandoned"]),
    (crash_then_finished, ["success"]),
    (database_down_then_finished, ["success"]),
]


@pytest.mark.parametrize(
    ("ending", "expected"), ENDINGS, ids=[ending.__name__ for ending, _ in ENDINGS]
)
@pytest.mark.asvs("16.3.1")
def test_one_outcome(stage: Stage, ending: Callable[[Stage], None], expected: list[str]) -> None:
    before = _outcomes(stage.engine)
    ending(stage)
    after = _outcomes(stage.engine)
    assert after[len(before) :] == expected
    with stage.engine.connect() as connection:
        twice = connection.scalar(
            text(
                "SELECT count(*) FROM (SELECT sign_in_id FROM journal_entry "
                "WHERE outcome IS NOT NULL GROUP BY sign_in_id HAVING count(*) > 1) AS twice"
            )
        )
    assert twice == 0


def _outcomes(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT outcome, reason FROM journal_entry WHERE outcome IS NOT NULL ORDER BY id")
        )
        return [f"{outcome}:{reason}" if reason else str(outcome) for outcome, reason in rows]
