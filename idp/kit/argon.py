"""argon2id by libsodium, which uses the widest instructions that the processor has (AVX-512, AVX2).

argon2-cffi is compiled for what every processor has: by it a hash takes half as much again
(`docs/performance.md`). The memory is the kernel's again after each hash, and cleared by it.
"""

from nacl.bindings import crypto_pwhash_alg, crypto_pwhash_ALG_ARGON2ID13


def argon2id(secret: bytes, salt: bytes, *, passes: int, kibibytes: int, length: int = 32) -> bytes:
    """The digest (RFC 9106) of version 1.3, with one lane; the salt has 16 bytes.

    Raises ValueError for what the standard forbids. Other threads run meanwhile.
    """
    return bytes(
        crypto_pwhash_alg(
            length, secret, salt, passes, kibibytes * 1024, crypto_pwhash_ALG_ARGON2ID13
        )
    )
