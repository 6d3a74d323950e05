"""argon2id in kept memory: the library's digests, and nothing of a password that stays."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw

from idp.kit import argon
from idp.kit.argon import argon2id

COSTS = [(1, 1024, 1), (2, 19456, 1), (3, 64, 4)]
SALT = bytes(range(16))


@pytest.mark.parametrize(("passes", "kibibytes", "lanes"), COSTS)
def test_it_is_the_digest_of_the_library(passes: int, kibibytes: int, lanes: int) -> None:
    secret = "mật khẩu".encode() + b"\0" + os.urandom(9)
    made = argon2id(
        secret, SALT, passes=passes, kibibytes=kibibytes, lanes=lanes, version=19, length=32
    )
    assert made == hash_secret_raw(secret, SALT, passes, kibibytes, lanes, 32, Type.ID, 19)
    other = argon2id(
        secret + b"x", SALT, passes=passes, kibibytes=kibibytes, lanes=lanes, version=19, length=32
    )
    assert other != made


def make(secret: bytes, kibibytes: int = 4096) -> bytes:
    return argon2id(secret, SALT, passes=2, kibibytes=kibibytes, lanes=1, version=19, length=32)


def test_those_at_once_disturb_each_other_in_nothing() -> None:
    secrets = [b"%d" % n for n in range(24)]
    alone = [make(secret) for secret in secrets]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(make, secrets)) == alone
    assert not argon._lent
    assert len(argon._free) <= 5


def test_memory_is_kept_for_the_next_and_cleared() -> None:
    make(b"the first")
    kept = len(argon._free)
    block = argon._free[-1]
    assert not any(block[:])
    make(b"the second")
    assert len(argon._free) == kept
    assert argon._free[-1] is block


def test_what_is_too_small_gives_way() -> None:
    make(b"small", 64)
    make(b"large", 8192)
    assert len(argon._free[-1]) > 8192 * 1024
    assert make(b"small", 64) == hash_secret_raw(b"small", SALT, 2, 64, 1, 32, Type.ID, 19)


def test_parameters_that_the_standard_forbids_are_told() -> None:
    with pytest.raises(HashingError, match="Memory"):
        make(b"x", 1)
    assert make(b"x", 8)
