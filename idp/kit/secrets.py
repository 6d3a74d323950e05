"""Random values that are handed out, and the digests that are kept of them."""

import base64
import hashlib
import hmac
import re
import secrets
from urllib.parse import unquote

_ERROR_ID_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_FOUR = f"([{_ERROR_ID_ALPHABET}]{{4}})"
_TOLD_ID = re.compile(rf"\[{_FOUR}-{_FOUR}\]")
_TYPED_ID = re.compile(rf"\b{_FOUR}\W?{_FOUR}\b")


def new_token(bits: int = 256) -> str:
    """A URL-safe random value of at least `bits` bits of entropy."""
    return secrets.token_urlsafe((bits + 7) // 8)


def token_hash(token: str) -> bytes:
    """The SHA-256 digest kept in place of a high-entropy token.

    Not for passwords: those are guessable and go through argon2id.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def base64url(value: bytes) -> str:
    """Bytes as JOSE writes them: base64url without Python's padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def equal(one: bytes, other: bytes) -> bool:
    """Compare two digests in constant time."""
    return hmac.compare_digest(one, other)


def new_error_id() -> str:
    """A short identifier a person can read over the telephone: `7KQ4-M2XD`."""
    letters = [secrets.choice(_ERROR_ID_ALPHABET) for _ in range(8)]
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"


def read_error_id(text: str) -> str:
    """The identifier in what was typed, or pasted with its brackets, its sentence or its address.

    What holds none is given back.
    """
    typed = unquote(text).strip().upper()
    found = _TOLD_ID.findall(typed) or _TYPED_ID.findall(typed)
    return "-".join(found[-1]) if found else typed
