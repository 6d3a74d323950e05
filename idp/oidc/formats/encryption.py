"""Encrypting what only the relying party may read, under a key it registered (OIDC Core 10.2)."""

from joserfc import jwe
from joserfc.jwk import KeySet

from idp.relying_parties.key_sets import find_encryption_key

NO_KEY = "The client has no key to encrypt the ID token for."
DEFAULT_ENC = "A128CBC-HS256"
"""Where a client names none (OIDC Dynamic Client Registration 2)."""


class NoUsableKey(Exception):
    """The client has no key for the algorithm it registered; nothing is sent in the clear."""


def encrypt(content: str, *, keys: KeySet, alg: str, enc: str, is_signed: bool) -> str:
    """A JWE of a signed JWT (nested), or of bare JSON. Raises NoUsableKey."""
    key = find_encryption_key(keys, alg)
    if key is None:
        raise NoUsableKey(alg)
    header = {"alg": alg, "enc": enc or DEFAULT_ENC}
    if key.kid:
        header["kid"] = key.kid
    if is_signed:
        header["cty"] = "JWT"
    algorithms = [header["alg"], header["enc"]]
    return jwe.encrypt_compact(header, content, key, algorithms=algorithms)
