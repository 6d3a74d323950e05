"""A private key is read as it was made."""

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

from idp.keys.private import load_private_key


@pytest.mark.parametrize(
    ("made", "alg"),
    [
        (RSAKey.generate_key(2048, {"alg": "RS256"}, auto_kid=True), "RS256"),
        (RSAKey.generate_key(2048, {"alg": "PS256"}, auto_kid=True), "PS256"),
        (ECKey.generate_key("P-256", {"alg": "ES256"}, auto_kid=True), "ES256"),
    ],
)
def test_a_key_read_back_signs_what_the_one_that_was_made_verifies(made: Key, alg: str) -> None:
    kept = made.as_dict(private=True)
    read = load_private_key(kept)
    assert read.as_dict(private=True) == kept
    assert (read.kid, read.is_private) == (made.kid, True)
    token = jwt.encode({"alg": alg, "kid": read.kid}, {"sub": "1"}, read, algorithms=[alg])
    public = KeySet.import_key_set({"keys": [made.as_dict(private=False)]})
    assert jwt.decode(token, public, algorithms=[alg]).claims == {"sub": "1"}
