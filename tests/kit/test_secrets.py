"""Tokens: random, and long enough that nobody guesses one."""

import base64

import pytest

from idp.kit.secrets import new_token


@pytest.mark.asvs("7.2.2", "7.2.3", "11.5.1")
def test_a_token_has_256_random_bits_and_is_another_each_time() -> None:
    """Whoever needs fewer says so; sessions, codes, tokens and secrets do not."""
    tokens = [new_token() for _ in range(200)]
    raw = [base64.urlsafe_b64decode(token + "=") for token in tokens]
    assert {len(each) for each in raw} == {32}
    assert len(set(raw)) == 200
    for bit in range(256):
        ones = sum(int.from_bytes(each, "big") >> bit & 1 for each in raw)
        assert 40 < ones < 160
    assert len(base64.urlsafe_b64decode(new_token(128) + "==")) == 16
