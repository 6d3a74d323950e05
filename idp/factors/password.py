"""Passwords: argon2id through the passlib API, at a bounded rate, at the same cost for everyone.

Rules follow NIST SP 800-63B-4: length and a blocklist, no composition rules, no expiry. Nothing
here touches the database: hashing happens between two transactions.
"""

import os
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from passlib.hash import argon2

from idp.kit.errors import Overloaded
from idp.kit.turns import Turns
from idp.settings.people import PasswordSettings


def _cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_argon2: Any = argon2
_WAIT_SECONDS = 2.0
_slots = Turns(_cores())
"""One hash fills a core and 19 MiB; a second on the same core would only slow the first."""


@dataclass(frozen=True)
class Verification:
    """Whether a password was right; `new_hash` replaces a hash made under older parameters."""

    is_right: bool
    new_hash: str | None = None


def normalise_password(password: str) -> str:
    """One spelling (NFC) of what different keyboards send for the same letters."""
    return unicodedata.normalize("NFC", password)


def hash_password(settings: PasswordSettings, password: str) -> str:
    """The argon2id hash to keep. Raises Overloaded when too many are being made already."""
    with _one_slot():
        return str(_hasher(settings).hash(normalise_password(password)))


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
        is_right = bool(hasher.verify(password, password_hash or _dummy_hash(settings)))
        if not is_right or password_hash is None:
            return Verification(is_right=False)
        if hasher.needs_update(password_hash):
            return Verification(is_right=True, new_hash=str(hasher.hash(password)))
    return Verification(is_right=True)


def warm_up(settings: PasswordSettings) -> None:
    """Load the library and make the dummy hash, so that the first sign-in costs what others do.

    One hash leaves no memory behind; a second would, for those that follow.
    """
    with _one_slot():
        _dummy_hash(settings)


@contextmanager
def _one_slot() -> Iterator[None]:
    if not _slots.acquire(timeout=_WAIT_SECONDS):
        raise Overloaded("Too many people are signing in right now. Please try again shortly.")
    try:
        yield
    finally:
        _slots.release()


@lru_cache
def _hasher(settings: PasswordSettings) -> Any:
    argon2.set_backend()
    return _argon2.using(
        type="ID",
        memory_cost=settings.argon2_memory_kib,
        time_cost=settings.argon2_time,
        parallelism=1,
    )


@lru_cache
def _dummy_hash(settings: PasswordSettings) -> str:
    return str(_hasher(settings).hash(secrets.token_urlsafe()))
