"""The code that a device shows and a person types on their phone (RFC 8628 section 6.1)."""

import re
import secrets
import string

from idp.kit.crypto import Keyring
from idp.kit.letters import as_one_code

ALPHABET = "BCFGHJKLMNPQRSTVXZ47"
"""20 characters, so 34.5 bits in eight of them.

No vowel, so that no word appears; none that looks like another (0 and O, 1 and I); no D and no W,
which Vietnamese keyboards turn into other letters.
"""
NO_LETTERS = "".join(sorted(set(string.ascii_uppercase) - set(ALPHABET)))
DIGITS = "".join(sorted(set(string.digits) & set(ALPHABET)))
_GROUP = 4
_CODE = re.compile(f"[{ALPHABET}]{{{2 * _GROUP}}}")


def new_user_code() -> str:
    """Eight characters in two groups: `BCF4-HJK7`."""
    return format_user_code("".join(secrets.choice(ALPHABET) for _ in range(2 * _GROUP)))


def format_user_code(code: str) -> str:
    """A read code as devices show it."""
    return f"{code[:_GROUP]}-{code[_GROUP:]}"


def read_user_code(typed: str) -> str | None:
    """What was typed, in small letters too, with dash, spaces or without; None: no code at all."""
    code = _tidy(typed)
    return code if _CODE.fullmatch(code) else None


def is_as_long(typed: str) -> bool:
    """Whether as many characters were typed as a code has: then some are others than codes have."""
    return len(_tidy(typed)) == 2 * _GROUP


def _tidy(typed: str) -> str:
    return as_one_code(typed[:50]).upper()


def user_code_hashes(keyring: Keyring, typed: str) -> list[bytes]:
    """By what a code is found, the one it is kept with first.

    Keyed, since it is short enough to be tried out.
    """
    return keyring.lookup_hashes("device.user_code", read_user_code(typed) or "")
