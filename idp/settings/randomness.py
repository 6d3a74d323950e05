"""Whether a secret may have been drawn at random, as far as its characters tell.

It is written as random bytes are: in hexadecimal or base64, never as words.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from itertools import pairwise

_PLACEHOLDER_WORDS = ("changeme", "change-me", "example", "password", "placeholder", "secret")
PLACEHOLDER_PREFIX = "demo-"
"""Secrets that begin so are public knowledge."""
LEAST_LENGTH = 32
_LEAST_SYMBOLS = 8
_LEAST_NEW = 16
_LEAST_NEW_OF_PASSWORD = 6
_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_BASE64 = re.compile(r"(?=.*[0-9+/_-])[A-Za-z0-9+/_-]+={0,2}")
_LEAST_OF_A_CASE = 1 / 8
"""Half of base64's letters are capitals; of words few are, or all."""
_MOST_OF_A_KIND = 2 / 3
"""Every third character of base64 is of its neighbour's kind (capital, small letter, other)."""
_GUESSED = b" 0 1 a abc 123456 admin idp onedoor password root secret test".split(b" ")
_OF_NOTHING = frozenset(
    (
        "d41d8cd98f00b204e9800998ecf8427e",
        "da39a3ee5e6b4b0d3255bfef95601890",
        "d14a028c2a3a2bc9476102bb288234c4",
        "38b060a751ac96384cd9327eb1b1e36a",
        "cf83e1357eefb8bdf1542850d66d8007",
        "a7ffc6f8bf1ed76651c14756a061d662",
    )
)
"""How the digests of nothing begin: MD5, SHA-1, SHA-224, SHA-384, SHA-512, SHA3-256."""
_ALTS = (b"+/", b"-_")
_NEIGHBOURS = {pair for row in _ROWS for pair in pairwise(row)}


def is_placeholder(secret: str) -> bool:
    """Whether it is one that others know."""
    lowered = secret.lower()
    return lowered.startswith(PLACEHOLDER_PREFIX) or any(
        word in lowered for word in _PLACEHOLDER_WORDS
    )


def is_random(secret: str) -> bool:
    """Hexadecimal or base64, long, of many symbols, no placeholder, no digest that others make.

    Most of it does not follow from what precedes.
    """
    return (
        len(secret) >= LEAST_LENGTH
        and (_HEX.fullmatch(secret) is not None or _is_base64(secret))
        and not any(secret.rstrip("=").lower() in digest for digest in _known_digests())
        and secret[:32].lower() not in _OF_NOTHING
        and len(set(secret)) >= _LEAST_SYMBOLS
        and _count_new(secret) >= _LEAST_NEW
        and not is_placeholder(secret)
    )


def is_password(secret: str) -> bool:
    """Long enough for what only machines type, no placeholder, no row of keys."""
    is_own = len(secret) >= 8 and not is_placeholder(secret)
    return is_own and _count_new(secret) >= _LEAST_NEW_OF_PASSWORD


def _is_base64(secret: str) -> bool:
    letters = [character for character in secret if character.isalpha()]
    capitals = sum(letter.isupper() for letter in letters)
    fewer = min(capitals, len(letters) - capitals)
    kinds = [(character.isupper(), character.islower()) for character in secret]
    alike = sum(before == after for before, after in pairwise(kinds))
    return (
        _BASE64.fullmatch(secret) is not None
        and fewer >= len(letters) * _LEAST_OF_A_CASE
        and alike <= (len(secret) - 1) * _MOST_OF_A_KIND
    )


def _digests(of: bytes) -> Iterator[str]:
    """Their SHA-256 in lower case, as commands write it."""
    digest = sha256(of).digest()
    yield from (digest.hex(), *(b64encode(digest, altchars=c).decode().lower() for c in _ALTS))


@cache
def _known_digests() -> frozenset[str]:
    """Of nothing, of a line without anything, and of what is guessed first."""
    lines = (of for guess in _GUESSED for of in (guess, guess + b"\n"))
    return frozenset(digest for of in lines for digest in _digests(of))


def _count_new(secret: str) -> int:
    """How many characters neither go on a run nor repeat three that stood there before."""
    text = secret.lower()
    return sum(
        not (_goes_on(text[i - 1 : i], text[i]) or (i >= 2 and text[i - 2 : i + 1] in text[:i]))
        for i in range(len(text))
    )


def _goes_on(last: str, this: str) -> bool:
    """Whether it is the same, next to it in the alphabet, or next to it on the keyboard."""
    is_next = bool(last) and abs(ord(this) - ord(last)) <= 1
    return is_next or (last, this) in _NEIGHBOURS or (this, last) in _NEIGHBOURS
