"""The emergency: a key leaves every process at once, and another signs."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from sqlalchemy import Engine

from idp.keys.operations import remove_key
from idp.keys.rotation import rotate_key
from idp.kit import clock
from idp.kit.db import transaction
from idp.kit.errors import NotFound
from tests.keys.conftest import A_MOMENT, KEYRING, LEAD, SCHEDULE, Process, events, lines, states

pytestmark = pytest.mark.usefixtures("quick_keys")


def remove(engine: Engine, kid: str) -> None:
    with transaction(engine) as db:
        remove_key(db, kid=kid, keyring=KEYRING)


def rotate(engine: Engine) -> str:
    with transaction(engine) as db:
        kid = rotate_key(db, alg="ES256", keyring=KEYRING, schedule=SCHEDULE)
    assert kid is not None
    return kid


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("has_successor", [False, True])
def test_every_process_hears_of_a_removal_and_refuses_what_the_key_signed(
    own_engine: Engine, process: Process, monkeypatch: pytest.MonkeyPatch, *, has_successor: bool
) -> None:
    monkeypatch.setattr("idp.kit.listen._PING_SECONDS", 3600.0)
    waiting = rotate(own_engine) if has_successor else None
    one, two = process(), process()
    stolen, safe = one.signing_key("ES256"), one.signing_key("RS256")
    forged = jwt.encode({"alg": "ES256", "kid": stolen.kid}, {}, stolen)
    jwt.decode(forged, two.current().verifying)
    remove(own_engine, str(stolen.kid))

    def is_gone() -> bool:
        sets = [keys.current().jwks["keys"] for keys in (one, two)]
        return all(key["kid"] != stolen.kid for keys in sets for key in keys)

    assert eventually(is_gone)
    [new] = states(own_engine)
    assert states(own_engine) == {new: "signing"}
    assert waiting in (None, new)
    for keys in (one, two):
        with pytest.raises((JoseError, ValueError)):
            jwt.decode(forged, keys.current().verifying)
        assert keys.signing_key("RS256").kid == safe.kid
        assert keys.signing_key("ES256").kid == new
    assert ("key.removed", stolen.kid) in events(own_engine)


def test_removals_and_rotations_at_once_leave_one_key_that_signs(own_engine: Engine) -> None:
    for _ in range(10):
        [old] = [kid for kid, state in states(own_engine).items() if state == "signing"]
        barrier = threading.Barrier(4)

        def run(work: Callable[[], object], barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            with suppress(NotFound, AssertionError):
                work()

        work = (partial(remove, own_engine, old), partial(rotate, own_engine)) * 2
        threads = [threading.Thread(target=run, args=(each,)) for each in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        now = states(own_engine)
        assert old not in now
        assert sorted(now.values()) in (["signing"], ["published", "signing"])


def test_a_successor_that_waits_signs_at_once(own_engine: Engine) -> None:
    [stolen] = states(own_engine)
    waiting = rotate(own_engine)
    remove(own_engine, stolen)
    assert states(own_engine) == {waiting: "signing"}


def test_without_its_successor_the_key_before_goes_on(own_engine: Engine) -> None:
    [old] = states(own_engine)
    remove(own_engine, rotate(own_engine))
    assert states(own_engine) == {old: "signing"}
    [line] = lines(own_engine)
    assert (line.retired_at, line.dropped_at) == (None, None)
    assert rotate(own_engine)


def test_without_a_retired_key_the_others_go_on(own_engine: Engine) -> None:
    [old] = states(own_engine)
    new = rotate(own_engine)
    with clock.shifted(LEAD + A_MOMENT):
        waiting = rotate(own_engine)
        remove(own_engine, old)
        assert states(own_engine) == {new: "signing", waiting: "published"}


def test_what_is_not_there_is_not_removed(own_engine: Engine) -> None:
    before = states(own_engine)
    with pytest.raises(NotFound):
        remove(own_engine, "nobody")
    assert states(own_engine) == before
