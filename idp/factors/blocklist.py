"""Which new passwords are refused, and why: too short, common, or made of what others know.

The reason is shown. The list holds common passwords long enough to pass the length rule.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from idp.factors.password import normalise_password
from idp.kit.messages import Message
from idp.people.declaration import Declaration
from idp.settings.people import PasswordSettings

_SERVICE_WORDS = (
    "onedoor",
    "motcuaid",
    "motcua",
    "dichvucong",
    "vneid",
    "password",
    "matkhau",
)
_ROWS = (
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "!@#$%^&*()_+",
)
_LEAST_OWN = 8
"""Characters that must be left when words others know, runs and repetitions are taken out."""
_RUN = 4


def find_problem(
    settings: PasswordSettings, password: str, *, owner: Declaration | None
) -> Message | None:
    """The reason to refuse a new password, None if it is acceptable.

    One made of the owner's number, name or date of birth is refused, where the owner is known.
    """
    password = normalise_password(password)
    if len(password) < settings.min_length:
        return Message(
            "Use at least %(num)s character. A few words in a row make a good password.",
            "Use at least %(num)s characters. A few words in a row make a good password.",
            num=settings.min_length,
        )
    if len(password) > settings.max_length:
        return Message(
            "Use at most %(num)s character.",
            "Use at most %(num)s characters.",
            num=settings.max_length,
        )
    letters, signs = plain_letters(password), len(_without_runs(_signs(password)))
    if letters in _common() or (letters and not _without(letters, _SERVICE_WORDS)):
        return Message("This password is too common: it would be tried first.")
    if len(_without_runs(letters)) + signs < _LEAST_OWN:
        return Message(
            "This password repeats itself or follows the keyboard: it would be tried first."
        )
    own = [*_SERVICE_WORDS, *(_own_words(owner) if owner else ())]
    if (owner and owner.number and owner.number in letters) or len(
        _without(letters, own)
    ) + signs < _LEAST_OWN:
        return Message(
            "This password is made of your name, your number, your date of birth or the name of "
            "this service, which others know."
        )
    return None


def plain_letters(text: str) -> str:
    """Letters and digits of a text, without case, accents, spaces and signs."""
    apart = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return "".join(c for c in apart if c.isalnum())


def _signs(text: str) -> str:
    """What is neither letter, digit nor space: punctuation, pictures."""
    return "".join(c for c in text if not c.isalnum() and not c.isspace())


@cache
def _common() -> frozenset[str]:
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
    for row in _ROWS:
        for line in (row, row[::-1]):
            for length in range(len(line), _RUN - 1, -1):
                for start in range(len(line) - length + 1):
                    letters = letters.replace(line[start : start + length], line[start])
    return re.sub(r"(.{1,10}?)\1+", r"\1", letters)
