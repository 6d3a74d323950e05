"""What is kept only until something expires is dropped then, and not before."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.secrets import token_hash
from idp.tokens.codes import FoundRequest, find_pushed_request, store_pushed_request
from idp.tokens.expiry import KEPT_FOR, drop_expired
from idp.tokens.jtis import claim_id, is_revoked, revoke_access_token

LATER = timedelta(minutes=5)


def test_a_revocation_lives_as_long_as_its_token(db: Session) -> None:
    now = clock.now()
    assert revoke_access_token(db, token_id="alive", expires_at=now + LATER)
    assert not revoke_access_token(db, token_id="alive", expires_at=now + LATER)
    assert revoke_access_token(db, token_id="over", expires_at=now - KEPT_FOR - LATER)
    assert drop_expired(db, limit=10) == 1
    assert is_revoked(db, token_id="alive")
    assert not is_revoked(db, token_id="over")


def test_a_used_id_is_known_until_it_expires(db: Session) -> None:
    now = clock.now()
    ends = {"alive": now + LATER, "over": now - LATER}
    for jti, end in ends.items():
        assert claim_id(db, scope="rp", jti=jti, expires_at=end)
        assert not claim_id(db, scope="rp", jti=jti, expires_at=end)
        assert claim_id(db, scope="other", jti=jti, expires_at=end)
    assert drop_expired(db, limit=10) == 2
    assert not claim_id(db, scope="rp", jti="alive", expires_at=now + LATER)


def test_the_program_before_an_upgrade_shares_what_is_used(db: Session) -> None:
    """Nodes are restarted one by one: those that know the older name must see the same ids."""
    older = text(
        "INSERT INTO client_assertion_jti (client_id, jti_hash, expires_at) "
        "VALUES ('rp', :jti_hash, :expires_at) ON CONFLICT DO NOTHING RETURNING client_id"
    )
    sent = {"jti_hash": token_hash("one"), "expires_at": clock.now() + LATER}
    assert db.execute(older, sent).one_or_none() is not None
    assert db.execute(older, sent).one_or_none() is None
    assert not claim_id(db, scope="rp", jti="one", expires_at=clock.now() + LATER)
    assert claim_id(db, scope="rp", jti="two", expires_at=clock.now() + LATER)
    assert db.execute(older, {**sent, "jti_hash": token_hash("two")}).one_or_none() is None


def test_a_pushed_request_says_why_it_is_not_opened(db: Session) -> None:
    keyring = Keyring(["key"], "lookup")
    lifetimes = {b"fresh": LATER, b"late": -LATER, b"over": -KEPT_FOR - LATER}
    for handle, lifetime in lifetimes.items():
        store_pushed_request(
            db,
            handle_hash=handle,
            client_id="rp",
            parameters=handle.decode(),
            keyring=keyring,
            lifetime=lifetime,
        )

    def found(handle: bytes, client_id: str = "rp") -> FoundRequest | None:
        return find_pushed_request(db, handle_hash=handle, client_id=client_id, keyring=keyring)

    assert found(b"fresh") == FoundRequest("fresh", "")
    assert found(b"fresh", "other") == FoundRequest("fresh", "foreign")
    assert found(b"late") == FoundRequest("late", "expired")
    assert found(b"unknown") is None
    assert drop_expired(db, limit=10) == 1
    assert found(b"over") is None
    assert found(b"late") is not None
