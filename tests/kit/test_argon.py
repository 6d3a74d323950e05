"""argon2id by libsodium: the digests of the reference, beside other threads, memory given back."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2.low_level import Type, hash_secret_raw

from idp.kit.argon import argon2id

COSTS = [(1, 1024), (2, 19456), (3, 64)]
SALT = bytes(range(16))


@pytest.mark.parametrize(("passes", "kibibytes"), COSTS)
def test_it_is_the_digest_of_the_reference(passes: int, kibibytes: int) -> None:
    secret = "mật khẩu".encode() + b"\0" + os.urandom(9)
    made = argon2id(secret, SALT, passes=passes, kibibytes=kibibytes)
    assert made == hash_secret_raw(secret, SALT, passes, kibibytes, 1, 32, Type.ID, 19)
    assert made != argon2id(secret + b"x", SALT, passes=passes, kibibytes=kibibytes)


def make(secret: bytes, kibibytes: int = 4096) -> bytes:
    return argon2id(secret, SALT, passes=2, kibibytes=kibibytes)


def test_those_at_once_disturb_each_other_in_nothing() -> None:
    secrets = [b"%d" % n for n in range(24)]
    alone = [make(secret) for secret in secrets]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(make, secrets)) == alone


def test_a_hash_holds_no_other_thread_up() -> None:
    """While one of two thirds of a second or more is made, this thread counts on."""
    with ThreadPoolExecutor(1) as threads:
        hashing, counted = threads.submit(make, b"long", 512 * 1024), 0
        while not hashing.done():
            counted += 1
    assert counted > 10_000


def test_no_memory_is_kept() -> None:
    make(b"the first", 64)
    before = resident()
    make(b"the second", 128 * 1024)
    assert resident() < before + 32 * 1024


def resident() -> int:
    """KiB of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def test_parameters_that_the_standard_forbids_are_told() -> None:
    with pytest.raises(ValueError, match="memlimit"):
        make(b"x", 1)
    with pytest.raises(ValueError, match="salt"):
        argon2id(b"x", b"short", passes=1, kibibytes=64)
    assert make(b"x", 8)
