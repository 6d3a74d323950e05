"""Private keys, from the form in which they are kept."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers, RSAPublicNumbers
from joserfc.jwk import Key, RSAKey, import_key
from joserfc.util import base64_to_int


def load_private_key(jwk: dict[str, Any]) -> Key:
    """The key of a private JWK that was made here and opened with our own secret.

    That the primes of an RSA key are prime is not proven again, which takes a fifth of a second.
    """
    if jwk["kty"] != "RSA":
        return import_key(jwk)
    n, e, d, p, q, dp, dq, qi = (
        base64_to_int(jwk[name]) for name in ("n", "e", "d", "p", "q", "dp", "dq", "qi")
    )
    numbers = RSAPrivateNumbers(
        p=p, q=q, d=d, dmp1=dp, dmq1=dq, iqmp=qi, public_numbers=RSAPublicNumbers(e, n)
    )
    return RSAKey(numbers.private_key(unsafe_skip_rsa_key_validation=True), jwk)
