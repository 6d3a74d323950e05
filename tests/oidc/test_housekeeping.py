"""What means nothing any more leaves; what could still tell a theft stays."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from idp import work
from idp.factors.models import FailureCounter, KnownDevice
from idp.kit import clock
from idp.kit.db import Base, transaction
from idp.relying_parties.dynamic import issue_initial_token
from idp.relying_parties.models import InitialAccessToken
from idp.runtime import make_runtime
from idp.sessions.models import SignInSession
from idp.tokens.models import AuthorizationCode, Grant, RefreshToken
from tests.oidc.conftest import Browser, World
from tests.oidc.test_token import offline_tokens, signed_in

DAY = timedelta(days=1)
Count = Callable[[type[Base]], int]


@pytest.fixture
def count(world: World) -> Count:
    def rows(table: type[Base]) -> int:
        with transaction(world.engine) as db:
            return db.scalar(select(func.count()).select_from(table)) or 0

    return rows


def clean_up(world: World, *, after: timedelta) -> int:
    with clock.shifted(after), world.engine.begin() as connection:
        return work.clean_up(connection, sources_kept_for=365 * DAY, today=clock.now().date())


def test_a_spent_code_stays_for_a_day_and_then_leaves_with_grant_and_session(
    world: World,
    count: Count,
) -> None:
    _, browser = signed_in(world)
    browser.redeem(browser.code())
    assert clean_up(world, after=timedelta(hours=23)) == 0
    assert clean_up(world, after=2 * DAY + timedelta(hours=1)) == 3
    assert [count(table) for table in (AuthorizationCode, Grant, SignInSession)] == [0, 0, 0]


def test_offline_access_keeps_its_grant_and_session_while_it_lasts(
    world: World,
    count: Count,
) -> None:
    _, browser = signed_in(world)
    spent = offline_tokens(browser)["refresh_token"]
    fresh = browser.token(grant_type="refresh_token", refresh_token=spent).json()["refresh_token"]
    clean_up(world, after=10 * DAY)
    assert [count(table) for table in (AuthorizationCode, RefreshToken)] == [0, 2]
    with clock.shifted(10 * DAY):
        assert is_rotated(browser, fresh)
        assert not is_rotated(browser, spent)
    with world.engine.connect() as connection:
        assert connection.scalar(select(Grant.revoked_at)) is not None
    clean_up(world, after=42 * DAY)
    assert [count(table) for table in (RefreshToken, Grant, SignInSession)] == [0, 0, 0]


def is_rotated(browser: Browser, token: str) -> bool:
    answer = browser.token(grant_type="refresh_token", refresh_token=token)
    return answer.status_code == 200


def test_batches_are_small_and_run_to_the_end(
    world: World,
    count: Count,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(work, "BATCH", 2)
    _, browser = signed_in(world)
    for _ in range(5):
        browser.code()
    assert clean_up(world, after=3 * DAY) == 4
    while clean_up(world, after=3 * DAY):
        pass
    assert [count(table) for table in (AuthorizationCode, Grant, SignInSession)] == [0, 0, 0]


def test_decayed_failures_and_devices_that_nobody_uses_leave(world: World, count: Count) -> None:
    now, person_id = clock.now(), world.person().id
    with transaction(world.engine) as db:
        for days in (1, 3):
            clears_at = now + days * DAY
            db.add(FailureCounter(key=bytes([days]), clears_at=clears_at, blocked_until=now))
            used_at = now - days * DAY
            db.add(
                KnownDevice(
                    person_id=person_id,
                    secret_hash=bytes([days]),
                    credentials_epoch=1,
                    used_at=used_at,
                )
            )
    clean_up(world, after=2 * DAY)
    assert (count(FailureCounter), count(KnownDevice)) == (1, 2)
    clean_up(world, after=363 * DAY)
    assert (count(FailureCounter), count(KnownDevice)) == (0, 1)


def test_a_token_to_register_with_leaves_when_it_is_too_old_to(world: World, count: Count) -> None:
    with transaction(world.engine) as db:
        for lifetime in (DAY, 3 * DAY):
            issue_initial_token(db, system_code="SYS", uses=5, lifetime=lifetime, at=clock.now())
    assert clean_up(world, after=timedelta(hours=23)) == 0
    assert clean_up(world, after=2 * DAY) == 1
    assert count(InitialAccessToken) == 1


def test_counters_of_failures_leave_once_these_have_decayed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E9: however many came together, in one round; who still waits keeps theirs."""
    monkeypatch.setattr(work, "BATCH", 10)
    settings, at = world.settings.throttle, clock.now()
    with transaction(world.engine) as db:
        db.execute(delete(FailureCounter))
        rows = [(n.to_bytes(32), at + settings.decay * (1 if n < 45 else 3)) for n in range(50)]
        db.add_all(FailureCounter(key=k, clears_at=c, blocked_until=at) for k, c in rows)
    runtime = make_runtime(world.settings)
    [task] = [t for t in work.tasks_of(runtime, world.engine) if t.name == "housekeeping"]
    with clock.shifted(settings.decay + timedelta(minutes=2)):
        task.work(threading.Event())
    runtime.engine.dispose()
    with transaction(world.engine) as db:
        assert db.scalar(select(func.count()).select_from(FailureCounter)) == 5
