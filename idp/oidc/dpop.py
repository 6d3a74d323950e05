"""DPoP: with each request a client shows that it holds the key its tokens are bound to (RFC 9449).

`read_proof` looks at all of a proof that needs no row; `accept_proof` at its nonce, and uses up its
`jti`, so that of all who present a proof one is heard.
"""

import hashlib
import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from joserfc.jwk import KeySet
from sqlalchemy.orm import Session

from idp.authorization.refusal import Refusal
from idp.kit import clock
from idp.kit.clock import seconds
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.kit.secrets import base64url
from idp.oidc.client_jwt import (
    SKEW_SECONDS,
    is_between,
    is_usable_id,
    read_header,
    read_jwt,
    verified_claims,
)
from idp.oidc.parameters import MAX_LENGTH
from idp.oidc.part import OidcPart
from idp.oidc.profiles import profile_of
from idp.rate_limits import PROOFS, Allowance, is_over
from idp.relying_parties.key_sets import read_key
from idp.relying_parties.party import RegisteredParty
from idp.tokens.jtis import claim_id
from idp.web.messages import N_
from idp.web.refusals import TooManyRequests

ALGORITHMS = ("ES256", "PS256", "EdDSA")
"""Those FAPI 2.0 allows, for everybody."""
LIFETIME_SECONDS = 60
NONCE_SECONDS = 120
"""A nonce is handed out for so long, and accepted for as long again."""

_TYPES = ("dpop+jwt",)
_TOO_MANY = N_("Too many requests from your network were refused. Please wait, then try again.")
_PORTS = {"http": 80, "https": 443}
_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


@immutable
class Proof:
    """A proof in order, as far as no row is needed to say so."""

    jkt: str
    """The thumbprint of its key."""
    jti: str
    nonce: str | None
    expires_at: datetime


def read_proof(
    sent: Sequence[str], *, method: str, path: str, part: OidcPart, access_token: str = ""
) -> Proof | Refusal:
    """The proof among the `DPoP` headers sent, about this request and token (RFC 9449 section 4.3).

    The address is the one we are known by, whatever stands in the Host header.
    """
    if len(sent) != 1 or len(sent[0]) > MAX_LENGTH:
        return _refuse("Send exactly one DPoP header.")
    key = _key_in(sent[0].partition(".")[0])
    if key is None:
        return _refuse("The proof needs a public key: P-256, Ed25519, or RSA of 2048 to 8192 bits.")
    claims = verified_claims(read_jwt(sent[0]), keys=key.alone, algorithms=ALGORITHMS, types=_TYPES)
    if claims is None:
        return _refuse("The proof is no dpop+jwt signed by its key with a supported algorithm.")
    addresses = _addresses(part.issuer.url, part.mtls.url, path)
    if fault := _find_fault(claims, method, addresses, access_token):
        return _refuse(fault)
    expires_at = datetime.fromtimestamp(claims["iat"] + LIFETIME_SECONDS + SKEW_SECONDS, UTC)
    return Proof(key.jkt, claims["jti"], claims.get("nonce"), expires_at)


def accept_proof(
    db: Session,
    proof: Proof,
    *,
    party: RegisteredParty,
    part: OidcPart,
    within: Allowance | None = None,
) -> Refusal | None:
    """Use the proof up. Why it is not accepted: its nonce is not ours of late, or it is used.

    Raises TooManyRequests beyond `within`.
    """
    demands = profile_of(party.profile).requires_sender_constrained_tokens
    needs_nonce = demands or part.dpop.nonces_required
    is_fresh = proof.nonce in _nonces(part.keyring)
    if not is_fresh and (needs_nonce or proof.nonce is not None):
        return Refusal("use_dpop_nonce", "The proof must carry the nonce sent along.")
    scope = f"dpop:{proof.jkt}"
    if claim_id(db, scope=scope, jti=proof.jti, expires_at=proof.expires_at, within=within):
        return None
    if within is not None and is_over(db, within, at=clock.now()):
        raise TooManyRequests(_TOO_MANY, retry_after=seconds(PROOFS.per), detail="proofs")
    return _refuse("The proof was presented before.")


def nonce_header(proof: Proof | None, keyring: Keyring) -> dict[str, str]:
    """The header that hands out the next nonce, unless the proof carries it or needs none.

    Without a proof, the nonce for whoever was told to send one (RFC 9449 section 8).
    """
    newest = _nonces(keyring)[0]
    is_needless = proof is not None and proof.nonce in (None, newest)
    return {} if is_needless else {"DPoP-Nonce": newest}


@immutable
class _ProofKey:
    """A key that a proof carries, and its thumbprint."""

    alone: KeySet
    jkt: str


@lru_cache(maxsize=256)
def _key_in(header: str) -> _ProofKey | None:
    """The key in a proof's header; a client sends the same header with each of its proofs."""
    key = read_key((read_header(header) or {}).get("jwk"))
    return None if key is None else _ProofKey(KeySet([key]), key.thumbprint())


@lru_cache(maxsize=64)
def _addresses(issuer: str, mtls: str, path: str) -> frozenset[str | None]:
    """What `htu` may be at that path of ours."""
    return frozenset(_normalised(base + path) for base in (issuer, mtls) if base)


def _nonces(keyring: Keyring) -> tuple[str, ...]:
    """The nonces accepted now, the one handed out first: the same in every process.

    The next one may come from a process whose clock is ahead.
    """
    return _nonces_around(keyring, int(clock.now().timestamp()) // NONCE_SECONDS)


@lru_cache(maxsize=4)
def _nonces_around(keyring: Keyring, window: int) -> tuple[str, ...]:
    digests = (keyring.lookup_hashes("dpop nonce", str(window + n)) for n in (0, -1, 1))
    return tuple(base64url(digest[:16]) for of_window in digests for digest in of_window)


def _find_fault(
    claims: dict[str, Any], method: str, addresses: Collection[str | None], access_token: str
) -> str | None:
    now, nonce = clock.now().timestamp(), claims.get("nonce")
    oldest = now - LIFETIME_SECONDS - SKEW_SECONDS
    digest = base64url(hashlib.sha256(access_token.encode()).digest())
    faults = (
        (claims.get("htm") != method, "The proof has another htm."),
        (_normalised(claims.get("htu")) not in addresses, "The proof has another htu."),
        (
            not is_between(claims.get("iat"), oldest, now + SKEW_SECONDS),
            "The proof was made too long ago, or in the future.",
        ),
        (not is_usable_id(claims.get("jti")), "The proof needs a jti."),
        (
            nonce is not None and not isinstance(nonce, str),
            "The proof has a nonce that is no text.",
        ),
        (bool(access_token) and claims.get("ath") != digest, "The proof has another ath."),
    )
    return next((sentence for is_broken, sentence in faults if is_broken), None)


def _normalised(uri: object) -> str | None:
    """Scheme, host, port and path (RFC 3986 sections 6.2.2, 6.2.3); None for what is no address.

    Query and fragment are not compared (RFC 9449 section 4.3).
    """
    if not isinstance(uri, str):
        return None
    try:
        parts = urlsplit(uri)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    is_bare = parts.hostname and parts.username is None
    return f"{parts.scheme}://{parts.hostname}:{port}{_plain(parts.path)}" if is_bare else None


def _plain(path: str) -> str:
    """Without needless percent-encoding and without dot segments; `/` for none."""
    path = _ENCODED.sub(_decoded, path)
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    is_folder = path.endswith(("/.", "/.."))
    return "/" + "/".join([*kept, ""] if is_folder else kept)


def _decoded(encoded: re.Match[str]) -> str:
    """The character itself where it need not be encoded."""
    character = chr(int(encoded[1], 16))
    return character if _UNRESERVED.fullmatch(character) else encoded[0].upper()


def _refuse(sentence: str) -> Refusal:
    return Refusal("invalid_dpop_proof", sentence)
