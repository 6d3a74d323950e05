"""Reading the public keys a client brings (RFC 7517)."""

import json
from hashlib import sha256
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey, import_key

from idp.kit.messages import N_

MAX_KEYS = 20
RSA_BITS = range(2048, 8192 + 1)
"""Signatures by longer keys are not read, and take too long to verify."""
CURVES = ("P-256", "Ed25519")
"""ES256, EdDSA, and key agreement on P-256."""

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k", "oth"})
_KINDS = (RSAKey, ECKey, OKPKey)


def find_key_fault(document: object) -> str | None:
    """What forbids registering this key set, as a sentence; None when nothing does."""
    entries = _entries(document)
    if entries is None:
        return N_("Write a key set with 1 to 20 keys.")
    if any(isinstance(entry, dict) and _PRIVATE & entry.keys() for entry in entries):
        return N_("Send public keys only: this set holds a private or a shared one.")
    if any(read_key(entry) is None for entry in entries):
        return N_("Use RSA keys of 2048 to 8192 bits, P-256 keys, or Ed25519 keys.")
    return None


def read_key_set(document: object) -> KeySet:
    """The usable keys of a set; what cannot be read, is weak or is no public key is left out."""
    entries = _entries(document) or []
    return KeySet([key for entry in entries if (key := read_key(entry)) is not None])


def describe_keys(document: object) -> tuple[str, ...]:
    """A line for each key of a set, by which people tell it from others.

    Its thumbprint (RFC 7638), what it is for, and the digest of the certificates it came with.
    """
    return tuple(_describe(entry) for entry in _entries(document) or [])


def _describe(entry: Any) -> str:
    key = read_key(entry)
    if key is None:
        return "?"
    told = [entry.get(name) for name in ("kty", "kid", "use", "alg")]
    told.append(f"SHA-256 {key.thumbprint()}")
    if chain := entry.get("x5c"):
        told.append(f"x5c SHA-256 {sha256(json.dumps(chain).encode()).hexdigest()}")
    return " ".join(str(part) for part in told if part)


def find_encryption_key(keys: KeySet, alg: str) -> Key | None:
    """The first key that may encrypt with this algorithm: of its kind, kept for nothing else."""
    kind = "RSA" if alg.startswith("RSA") else "EC"
    fitting = (
        key
        for key in keys.keys
        if key.key_type == kind
        and key.get("use") in (None, "enc")
        and key.get("alg") in (None, alg)
    )
    return next(fitting, None)


def read_key(entry: object) -> Key | None:
    """A usable public key; None for what cannot be read, is weak, or is not public."""
    if not isinstance(entry, dict) or _PRIVATE & entry.keys():
        return None
    try:
        key = import_key(entry)
        if not isinstance(key, _KINDS):
            return None
        if isinstance(key, RSAKey):
            return key if key.raw_value.key_size in RSA_BITS else None
        return key if entry.get("crv") in CURVES else None
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _entries(document: object) -> list[Any] | None:
    entries = document.get("keys") if isinstance(document, dict) else None
    return entries if isinstance(entries, list) and 0 < len(entries) <= MAX_KEYS else None
