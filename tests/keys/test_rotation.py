"""Published, signing, retired, dropped: by the database's clock, on every node alike."""

import threading
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, import_key
from sqlalchemy import Engine, func, select

from idp.keys.cache import SigningKeys
from idp.keys.models import KeyState, SigningKey
from idp.keys.operations import retire_key
from idp.keys.rotation import rotate_key
from idp.keys.schedule import (
    JWKS_MAX_AGE,
    MARGIN,
    READING_AGE,
    Schedule,
    schedule_of,
)
from idp.kit import clock
from idp.kit.db import database_now, transaction
from idp.kit.errors import InvalidInput, NotFound
from idp.settings import Settings
from idp.settings.people import SessionSettings
from idp.settings.protocol import KeySettings
from tests.keys.conftest import (
    A_MOMENT,
    KEYRING,
    LEAD,
    LIFE,
    QUARTER,
    SCHEDULE,
    Process,
    events,
    later,
    lines,
    states,
)
from tests.support.clocks import wrong_machine

pytestmark = pytest.mark.usefixtures("quick_keys")

BY_HAND = Schedule(rotate_every=timedelta(0), publish_for=LEAD, verify_for=LIFE)


def rotate(engine: Engine, schedule: Schedule = SCHEDULE) -> str | None:
    with transaction(engine) as db:
        return rotate_key(db, alg="ES256", keyring=KEYRING, schedule=schedule)


def published_by(keys: SigningKeys) -> set[str]:
    return {key["kid"] for key in keys.current().jwks["keys"]}


def has_private(engine: Engine, kid: str) -> bool:
    with transaction(engine) as db:
        return db.get_one(SigningKey, kid).private_encrypted is not None


def test_a_key_goes_its_way_by_the_clock_alone(own_engine: Engine) -> None:
    [old] = states(own_engine)
    new = rotate(own_engine)
    assert new is not None
    [was, comes] = lines(own_engine)
    assert comes.signing_at == was.retired_at == comes.created_at + LEAD
    assert was.dropped_at == comes.signing_at + LIFE
    table = [
        (timedelta(0), {old: "signing", new: "published"}, True),
        (LEAD - A_MOMENT, {old: "signing", new: "published"}, True),
        (LEAD + A_MOMENT, {old: "retired", new: "signing"}, False),
        (LEAD + LIFE - A_MOMENT, {old: "retired", new: "signing"}, False),
    ]
    for passed, expected, old_is_private in table:
        with later(own_engine, passed):
            assert (states(own_engine), has_private(own_engine, old)) == (expected, old_is_private)
    with later(own_engine, LEAD + LIFE + A_MOMENT):
        assert states(own_engine) == {new: "signing"}
    assert events(own_engine) == [
        ("key.created", old),
        ("key.created", new),
        ("key.retired", old),
        ("key.dropped", old),
    ]


def test_no_process_signs_with_a_key_that_another_does_not_publish(
    own_engine: Engine, process: Process
) -> None:
    one, two = process(), process()
    new = None
    passed = timedelta(0)
    while passed < LEAD + LIFE + 2 * A_MOMENT:
        with later(own_engine, passed):
            for keys in (one, two):
                keys.refresh()
            signing = {keys.signing_key("ES256").kid for keys in (one, two)}
            assert signing <= published_by(one) & published_by(two)
            assert len(signing) == 1
            assert (signing == {new}) == (passed >= LEAD)
        new = new or rotate(own_engine)
        passed += timedelta(hours=3)


def test_a_process_that_has_not_read_for_a_while_still_changes_over_in_time(
    own_engine: Engine,
) -> None:
    keys = SigningKeys(own_engine, KEYRING)
    old = keys.start() and keys.signing_key("ES256").kid
    new = rotate(own_engine)
    assert keys.signing_key("ES256").kid == old
    keys.refresh()
    for passed, expected in ((LEAD - A_MOMENT, old), (LEAD + A_MOMENT, new)):
        with clock.shifted(passed):
            assert keys.signing_key("ES256").kid == expected


def test_a_node_whose_clock_is_wrong_signs_with_what_the_others_sign_with(
    own_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    [old] = states(own_engine)
    rotate(own_engine)
    keys = SigningKeys(own_engine, KEYRING)
    keys.refresh()
    with wrong_machine(monkeypatch, by=LEAD + A_MOMENT):
        assert keys.signing_key("ES256").kid != old, "the control: nobody was asked yet"
        with transaction(own_engine) as db:
            database_now(db)
        assert keys.signing_key("ES256").kid == old


def test_what_the_retired_key_signed_is_verified_until_it_is_dropped(
    own_engine: Engine, process: Process
) -> None:
    keys = process()
    key = keys.signing_key("ES256")
    token = jwt.encode({"alg": "ES256", "kid": key.kid}, {}, key)
    rotate(own_engine)
    for passed, is_known in ((LEAD + LIFE - A_MOMENT, True), (LEAD + LIFE + A_MOMENT, False)):
        with later(own_engine, passed):
            keys.refresh()
            assert (key.kid in published_by(keys)) is is_known
            if is_known:
                jwt.decode(token, keys.current().verifying)
                jwt.decode(token, KeySet([import_key(jwk) for jwk in keys.current().jwks["keys"]]))
            assert keys.signing_key("ES256").kid != key.kid


def test_keys_are_succeeded_by_themselves_when_they_are_due(own_engine: Engine) -> None:
    [old] = states(own_engine)
    with later(own_engine, QUARTER - LEAD - A_MOMENT):
        assert states(own_engine) == {old: "signing"}
    with later(own_engine, QUARTER + A_MOMENT, BY_HAND):
        assert states(own_engine) == {old: "signing"}
    with later(own_engine, QUARTER - LEAD + A_MOMENT):
        assert list(states(own_engine).values()) == ["signing", "published"]
    with later(own_engine, QUARTER + 2 * A_MOMENT):
        assert list(states(own_engine).values()) == ["retired", "signing"]
    assert len(states(own_engine, "RS256")) == 2


def test_many_nodes_rotate_once(own_engine: Engine) -> None:
    barrier, made = threading.Barrier(8), []

    def run() -> None:
        barrier.wait()
        made.append(rotate(own_engine))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([kid for kid in made if kid]) == 1
    assert list(states(own_engine).values()) == ["signing", "published"]


def test_only_a_key_that_signs_and_has_no_successor_can_be_retired(own_engine: Engine) -> None:
    [old] = states(own_engine)

    def retire(kid: str) -> str:
        with transaction(own_engine) as db:
            return retire_key(db, kid=kid, keyring=KEYRING, schedule=SCHEDULE)

    with pytest.raises(NotFound):
        retire("nobody")
    new = retire(old)
    with pytest.raises(InvalidInput, match="successor is published"):
        retire(old)
    with pytest.raises(InvalidInput, match="does not sign"):
        retire(new)
    with clock.shifted(LEAD + A_MOMENT):
        with pytest.raises(InvalidInput, match="does not sign"):
            retire(old)
        assert retire(new)


def test_times_come_from_the_settings_and_outlast_every_token() -> None:
    settings = Settings(sessions=SessionSettings(total=timedelta(hours=8)))
    schedule = schedule_of(settings)
    assert schedule.verify_for == timedelta(hours=8) + MARGIN
    assert schedule.verify_for > settings.tokens.id_token_lifetime
    shortest = KeySettings(publish_for=timedelta(minutes=10)).publish_for
    assert shortest >= JWKS_MAX_AGE + READING_AGE
    for wrong in ({"publish_for": timedelta(minutes=9)}, {"rotate_every": timedelta(hours=3)}):
        with pytest.raises(ValueError, match="publish_for"):
            KeySettings(**wrong)


def test_times_are_the_databases(own_engine: Engine) -> None:
    with transaction(own_engine) as db:
        assert abs(database_now(db) - db.scalars(select(func.now())).one()) < A_MOMENT
        with clock.shifted(LEAD):
            assert database_now(db) > db.scalars(select(func.now())).one() + LEAD - A_MOMENT


def test_states_are_read_from_the_times(own_engine: Engine) -> None:
    with transaction(own_engine) as db:
        key = db.scalars(select(SigningKey)).first()
        assert key is not None
        assert key.state_at(key.signing_at - A_MOMENT) is KeyState.PUBLISHED
        assert key.state_at(key.signing_at) is KeyState.SIGNING
