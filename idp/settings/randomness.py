"""Whether a secret may have been drawn at random, as far as its characters tell."""

from itertools import pairwise

_PLACEHOLDER_WORDS = ("changeme", "change-me", "example", "password", "placeholder", "secret")
PLACEHOLDER_PREFIX = "demo-"
"""Secrets that begin so are public knowledge."""
LEAST_LENGTH = 32
_LEAST_SYMBOLS = 8
_LEAST_NEW = 16
_LEAST_NEW_OF_PASSWORD = 6
_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {pair for row in _ROWS for pair in pairwise(row)}


def is_placeholder(secret: str) -> bool:
    """Whether it is one that others know."""
    lowered = secret.lower()
    return lowered.startswith(PLACEHOLDER_PREFIX) or any(
        word in lowered for word in _PLACEHOLDER_WORDS
    )


def is_random(secret: str) -> bool:
    """Long, of many symbols, no placeholder, and most of it does not follow from what precedes."""
    return (
        len(secret) >= LEAST_LENGTH
        and len(set(secret)) >= _LEAST_SYMBOLS
        and _count_new(secret) >= _LEAST_NEW
        and not is_placeholder(secret)
    )


def is_password(secret: str) -> bool:
    """Long enough for what only machines type, no placeholder, no row of keys."""
    is_own = len(secret) >= 8 and not is_placeholder(secret)
    return is_own and _count_new(secret) >= _LEAST_NEW_OF_PASSWORD


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
