"""Whoever may write to the table, as the serving role may, adds no key and changes none."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError
from structlog.testing import capture_logs

from idp.keys.cache import SigningKeys
from idp.keys.creation import ALGORITHMS, ensure_keys
from idp.keys.models import PRIVATE_KEY, SigningKey
from idp.keys.operations import remove_key
from idp.kit.db import transaction
from idp.kit.errors import ConfigurationError
from tests.keys.conftest import A_MOMENT, KEYRING, later, lines, states
from tests.keys.test_at_rest import ROLLED

pytestmark = pytest.mark.usefixtures("quick_keys")

OWN = ECKey.generate_key("P-256")
Attack = Callable[[Connection, str], object]


def own_jwk(kid: str) -> str:
    return json.dumps({**OWN.as_dict(private=False), "kid": kid, "use": "sig", "alg": "ES256"})


def add(connection: Connection, columns: str) -> str:
    """A row of the thief's own, all of whose other columns are those of the key of ES256."""
    values = {"kid": OWN.thumbprint(), "jwk": own_jwk(OWN.thumbprint())}
    connection.execute(
        text(
            "INSERT INTO signing_key (kid, alg, public_jwk, public_hash, private_encrypted,"
            f" created_at, signing_at, retired_at) SELECT :kid, {columns},"
            " created_at, signing_at, now() + interval '1 day' FROM signing_key WHERE alg = 'ES256'"
        ),
        values,
    )
    return OWN.thumbprint()


def change(connection: Connection, column: str, kid: str, value: object) -> str:
    connection.execute(
        text(f"UPDATE signing_key SET {column} = :value WHERE kid = :kid"),
        {"kid": kid, "value": value},
    )
    return kid


def replace(connection: Connection, kid: str) -> str:
    """The genuine key is said to have retired; the thief's is the last one of the algorithm."""
    change(connection, "retired_at", kid, "2020-01-01")
    own = add(connection, "alg, CAST(:jwk AS jsonb), public_hash, private_encrypted")
    connection.execute(
        text("UPDATE signing_key SET retired_at = NULL WHERE kid = :kid"), {"kid": own}
    )
    return own


ATTACKS: dict[str, Attack] = {
    "a row with another's digest": lambda c, _: add(
        c, "alg, CAST(:jwk AS jsonb), public_hash, private_encrypted"
    ),
    "a row without digest": lambda c, _: add(c, "alg, CAST(:jwk AS jsonb), '', NULL"),
    "a row under another algorithm": lambda c, _: add(
        c, "'RS256', CAST(:jwk AS jsonb), public_hash, private_encrypted"
    ),
    "another public half": lambda c, kid: change(c, "public_jwk", kid, own_jwk(kid)),
    "no public half": lambda c, kid: change(c, "public_jwk", kid, "{}"),
    "a null": lambda c, kid: change(c, "public_jwk", kid, "null"),
    "another algorithm": lambda c, kid: change(c, "alg", kid, "HS256"),
    "another digest": lambda c, kid: change(c, "public_hash", kid, b"0" * 32),
    "another id": lambda c, kid: change(c, "kid", kid, OWN.thumbprint()),
    "the last one": replace,
}


def forged(kid: str) -> str:
    return jwt.encode({"alg": "ES256", "kid": kid}, {"sub": "anybody"}, OWN)


def published(keys: SigningKeys) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = keys.current().jwks["keys"]
    return found


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_key_that_was_not_made_here_is_neither_published_nor_believed(
    own_engine: Engine, attack: str
) -> None:
    """G14: by a node that runs and by one that starts; the log says so, other keys go on."""
    [kid] = states(own_engine)
    running = SigningKeys(own_engine, KEYRING)
    running.start()
    rsa = running.signing_key("RS256").kid
    with own_engine.begin() as connection:
        ATTACKS[attack](connection, kid)
    with capture_logs() as logs:
        running.refresh()
    altered = {log["kid"] for log in logs if log["event"] == "data.altered"}
    assert altered
    started = SigningKeys(own_engine, KEYRING)
    started.start()
    for keys in (running, started):
        assert OWN.as_dict(private=False)["x"] not in json.dumps(published(keys))
        for name in (kid, OWN.thumbprint()):
            with pytest.raises((JoseError, ValueError)):
                jwt.decode(forged(name), keys.current().verifying, algorithms=[*ALGORITHMS])
        assert keys.signing_key("RS256").kid == rsa
    signer = started.signing_key("ES256")
    jwt.decode(
        jwt.encode({"alg": "ES256", "kid": signer.kid}, {}, signer), started.current().verifying
    )


def test_keys_as_they_were_made_are_published_and_believed(own_engine: Engine) -> None:
    """G14: the control, also when the other secrets have been rotated."""
    keys = SigningKeys(own_engine, ROLLED)
    with capture_logs() as logs:
        keys.start()
    assert not logs
    assert {key["kid"] for key in published(keys)} == {*states(own_engine)} | {
        keys.signing_key(alg).kid for alg in ALGORITHMS
    }
    assert not any(line.altered for line in lines(own_engine))


def test_a_round_of_upkeep_replaces_an_altered_key(own_engine: Engine) -> None:
    """G14: what was altered no longer signs, so another does; the row stays, to be looked at."""
    [kid] = states(own_engine)
    with own_engine.begin() as connection:
        change(connection, "public_jwk", kid, own_jwk(kid))
    with later(own_engine, A_MOMENT):
        keys = SigningKeys(own_engine, KEYRING)
        keys.refresh()
        assert keys.signing_key("ES256").kid not in (kid, None)
        assert {line.kid: line.altered for line in lines(own_engine)} == {
            kid: True,
            str(keys.signing_key("ES256").kid): False,
        }
        with transaction(own_engine) as db:
            remove_key(db, kid=kid, keyring=KEYRING)
        assert kid not in states(own_engine)


def test_a_private_half_of_another_key_does_not_sign(own_engine: Engine) -> None:
    """G14: only who has the secrets could seal one; what it signs, nobody could verify."""
    [kid] = states(own_engine)
    private = json.dumps({**OWN.as_dict(private=True), "kid": kid, "use": "sig", "alg": "ES256"})
    with transaction(own_engine) as db:
        key = db.get_one(SigningKey, kid)
        key.private_encrypted = PRIVATE_KEY.seal(KEYRING, private, kid=kid)
    keys = SigningKeys(own_engine, KEYRING)
    with capture_logs() as logs:
        keys.refresh()
    assert {log["kid"] for log in logs if log["event"] == "data.altered"} == {kid}
    assert "ES256" not in keys.current().signers
    assert kid in {key["kid"] for key in published(keys)}


def test_with_another_secret_nothing_is_replaced(own_engine: Engine) -> None:
    """G14: a node that was given the wrong secret does not start, and leaves the keys alone."""
    before = lines(own_engine)
    wrong = type(KEYRING)(["one secret of the tests"], "not the secret")
    with pytest.raises(ConfigurationError, match="No signing key was bound"):
        SigningKeys(own_engine, wrong).start()
    assert lines(own_engine) == before


def test_where_all_were_altered_an_operator_removes_one(own_engine: Engine) -> None:
    """G14: the way out that the refusal names."""
    with own_engine.begin() as connection:
        connection.execute(text("UPDATE signing_key SET public_hash = ''"))
    with pytest.raises(ConfigurationError, match="No signing key was bound"):
        SigningKeys(own_engine, KEYRING).start()
    [kid] = states(own_engine)
    with transaction(own_engine) as db:
        remove_key(db, kid=kid, keyring=KEYRING)
    keys = SigningKeys(own_engine, KEYRING)
    keys.start()
    assert {key["alg"] for key in published(keys)} == {*ALGORITHMS}


@pytest.mark.parametrize("instant", ["infinity", "-infinity", "20000-01-01", "0044-03-15 BC"])
def test_no_instant_that_no_node_can_read_is_taken(own_engine: Engine, instant: str) -> None:
    """G14: one such row keeps every node from reading any key; another instant is the control."""
    [kid] = states(own_engine)
    for column in ("created_at", "signing_at", "retired_at", "dropped_at"):
        with pytest.raises(IntegrityError), own_engine.begin() as connection:
            change(connection, column, kid, instant)
        with own_engine.begin() as connection:
            change(connection, column, kid, "2020-01-01")


def test_a_second_process_sees_what_the_first_replaced(own_engine: Engine) -> None:
    """G14: replacing is done once, however many start."""
    [kid] = states(own_engine)
    with own_engine.begin() as connection:
        change(connection, "public_hash", kid, b"")
    with transaction(own_engine) as db:
        assert len(ensure_keys(db, keyring=KEYRING)) == 1
        assert ensure_keys(db, keyring=KEYRING) == []
