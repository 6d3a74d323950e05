"""Whether a secret may have been drawn at random, as far as its characters tell.

It is written in hexadecimal, as no words are: of base64 nothing tells for sure which it is.
"""

import re
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
_NEIGHBOURS = {pair for row in _ROWS for pair in pairwise(row)}


def is_placeholder(secret: str) -> bool:
    """Whether it is one that others know."""
    lowered = secret.lower()
    return lowered.startswith(PLACEHOLDER_PREFIX) or any(
        word in lowered for word in _PLACEHOLDER_WORDS
    )


def is_random(secret: str) -> bool:
    """Hexadecimal, long, of many symbols, no digest that others make.

    Most of it does not follow from what precedes.
    """
    return (
        len(secret) >= LEAST_LENGTH
        and _HEX.fullmatch(secret) is not None
        and not any(secret.lower() in digest for digest in _known_digests())
        and secret[:32].lower() not in _OF_NOTHING
        and len(set(secret)) >= _LEAST_SYMBOLS
        and _count_new(secret) >= _LEAST_NEW
    )


def is_password(secret: str) -> bool:
    """Long enough for what only machines type, no placeholder, no row of keys."""
    is_own = len(secret) >= 8 and not is_placeholder(secret)
    return is_own and _count_new(secret) >= _LEAST_NEW_OF_PASSWORD


@cache
def _known_digests() -> frozenset[str]:
    """SHA-256, as commands write it, of nothing and of what is guessed first."""
    lines = (of for guess in _GUESSED for of in (guess, guess + b"\n"))
    return frozenset(sha256(of).hexdigest() for of in lines)


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
