"""JWTs that a relying party signed with a registered key; assertions, which are accepted once."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any, NamedTuple

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.strict_json import parse_object
from idp.oidc.part import OidcPart
from idp.oidc.profiles import profile_of
from idp.relying_parties.party import RegisteredParty
from idp.tokens.jtis import claim_id

SKEW_SECONDS = 10
"""How far a client's clock may be wrong."""
LONGEST_SECONDS = 300
"""An assertion may not expire later than this from now."""
_MAX_JTI = 500

_KEY_TYPES = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}


class _ClientAlgorithms(JWSRegistry):
    """Says nothing about RFC 9864, which renames EdDSA: FAPI 2.0 5.4.1 calls it by that name."""

    max_header_length = 4096  # an RSA key may stand in it

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name] if name == "EdDSA" else super().get_alg(name)


_REGISTRY = _ClientAlgorithms(
    algorithms=list(_KEY_TYPES),
    strict_check_header=False,  # what is not understood is ignored (RFC 7515 section 4)
)
_MALFORMED = (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


class SentJwt(NamedTuple):
    """A JWT that somebody sent, in its parts, in which each name stands once; nothing is proven."""

    compact: jws.CompactSignature
    header: dict[str, Any]
    claims: dict[str, Any]

    @property
    def client_id(self) -> str | None:
        """Which client an assertion is about."""
        client_id = self.claims.get("sub")
        return client_id if isinstance(client_id, str) else None

    @property
    def key_id(self) -> str | None:
        """The `kid` the header names."""
        kid = self.header.get("kid")
        return kid if isinstance(kid, str) else None


def read_jwt(token: str) -> SentJwt | None:
    """The parts of a signed JWT; None for what is none, or says something twice.

    Of two, others might read the other (RFC 7515 section 4, RFC 7519 section 4).
    """
    try:
        compact = jws.extract_compact(token.encode(), registry=_REGISTRY)
        header = urlsafe_b64decode(compact.segments["header"])
        return SentJwt(
            compact, parse_object(header.decode()), parse_object(compact.payload.decode())
        )
    except _MALFORMED:
        return None


def read_header(segment: str) -> dict[str, Any] | None:
    """The header of a JWT, from its part before the first dot; None for what is no JSON object."""
    try:
        return parse_object(urlsafe_b64decode(segment.encode()).decode())
    except _MALFORMED:
        return None


def verified_claims(
    sent: SentJwt | None, *, keys: KeySet, algorithms: Collection[str], types: Collection[str]
) -> dict[str, Any] | None:
    """The claims, when one of the keys signed them with one of the algorithms.

    `types` are the values of `typ` accepted, lower case, "" for none. None for anything else. The
    caller looks at the claims: nothing about them is checked here.
    """
    if sent is None:
        return None
    header = sent.header
    if header.get("alg") not in algorithms or {"crit", "b64"} & header.keys():
        return None
    if _type_of(header) not in types:
        return None
    for key in keys.keys:
        if _fits(key, header["alg"], header.get("kid")):
            try:
                if jws.validate_compact(sent.compact, key, registry=_REGISTRY):
                    return sent.claims
            except _MALFORMED:
                continue
    return None


def _type_of(header: dict[str, Any]) -> str:
    """The `typ` in lower case; a media type may be written in full (RFC 7515 section 4.1.9)."""
    return str(header.get("typ", "")).lower().removeprefix("application/")


def is_between(value: object, least: float, most: float) -> bool:
    """Whether a claim is a number above `least`, and `most` at most."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and least < value <= most  # type: ignore[operator]


def is_usable_id(jti: object) -> bool:
    """Whether a `jti` is a text of 1 to 500 characters."""
    return isinstance(jti, str) and 0 < len(jti) <= _MAX_JTI


def _fits(key: Key, alg: str, kid: object) -> bool:
    """Whether the key may have signed this: of its kind, and not kept for something else."""
    return (
        key.key_type == _KEY_TYPES[alg]
        and (kid is None or key.kid in (None, kid))
        and key.get("use") in (None, "sig")
        and key.get("alg") in (None, alg)
    )


def spend_assertion(
    part: OidcPart,
    db: Session,
    assertion: SentJwt | None,
    *,
    party: RegisteredParty,
    is_for_us: Callable[[object], bool],
    types: Collection[str],
) -> str | None:
    """None when a registered key of the party signed it, by and about the party, now and for us.

    `is_for_us` is asked about `aud`. The `jti` is used up: of all who present it, one is accepted.
    Otherwise what is wrong, for the journal.
    """
    alg, accepted = party.token_endpoint_auth_signing_alg, profile_of(party.profile).client
    algorithms = [one for one in accepted.signing_algorithms if alg in ("", one)]
    keys = part.client_keys.at_hand(party)
    claims = verified_claims(assertion, keys=keys, algorithms=algorithms, types=types)
    if claims is None:
        return (
            f"The assertion: none of the {len(keys.keys)} registered keys signed it by"
            f" {' or '.join(algorithms)}, its typ is another token's, or a name stands in it twice."
        )
    if fault := _find_fault(claims, client_id=party.client_id, is_for_us=is_for_us):
        return f"The assertion: {fault}"
    is_first = claim_id(
        db,
        scope=party.client_id,
        jti=claims["jti"],
        expires_at=datetime.fromtimestamp(claims["exp"] + SKEW_SECONDS, UTC),
    )
    return None if is_first else "The assertion: its jti was presented before."


def _find_fault(
    claims: dict[str, Any], *, client_id: str, is_for_us: Callable[[object], bool]
) -> str | None:
    """What keeps the claims from being by and about the client, for us, now and not for long."""
    now = clock.now().timestamp()
    latest = now + LONGEST_SECONDS + SKEW_SECONDS
    faults = (
        (claims.get("iss") != client_id, "iss is not the client_id."),
        (claims.get("sub") != client_id, "sub is not the client_id."),
        (not is_usable_id(claims.get("jti")), "jti is missing or too long."),
        (
            not is_between(claims.get("exp"), now - SKEW_SECONDS, latest),
            f"exp is missing, past, or more than {LONGEST_SECONDS} s ahead.",
        ),
        *(
            (not is_between(claims.get(name, now), 0, now + SKEW_SECONDS), f"{name} is to come.")
            for name in ("iat", "nbf")
        ),
        (not is_for_us(claims.get("aud")), "aud is not the issuer, as one text."),
    )
    return next((sentence for is_broken, sentence in faults if is_broken), None)
