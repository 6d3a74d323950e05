"""An access token as a request presents it to us: alone, with a DPoP proof, with a certificate.

And what is answered when it does not hold (RFC 6750 section 3, RFC 9449 section 7.1).
"""

from dataclasses import replace
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.authorization.refusal import Refusal
from idp.kit.immutable import immutable
from idp.kit.secrets import new_error_id
from idp.oidc.authlib.refused import ROUTINE, RefusedRequest, log_refused
from idp.oidc.dpop import ALGORITHMS, Proof, nonce_header, read_proof
from idp.oidc.formats.access_token import TYPE
from idp.oidc.formats.jose import read_own
from idp.oidc.part import OidcPart
from idp.oidc.requests.authenticated import note_refusal
from idp.rate_limits import source_of
from idp.web.db import transaction
from idp.web.errors import Failure, note_failure, oauth_error
from idp.web.trusted_proxy import client_certificate, client_ip

INVALID = Refusal("invalid_token", "The access token is not valid.")
EXPIRED = Refusal("invalid_token", "The access token has expired.")
ELSEWHERE = Refusal("invalid_token", "The access token is meant for other resources.")
ENDED = Refusal("invalid_token", "What the access token was given for has ended.")
_NO_TOKEN = "An access token is required."
_OTHER_KEY = Refusal("invalid_token", "The access token is bound to a key this proof is not of.")
_OTHER_SCHEME = Refusal("invalid_token", "The access token must be presented as it was issued.")
_OTHER_CERTIFICATE = Refusal("invalid_token", "The access token is bound to a certificate.")
_STATUS = {"invalid_request": 400, "insufficient_scope": 403}
_ALGS = f'algs="{" ".join(ALGORITHMS)}"'


def read_claims(request: Request, token: str) -> dict[str, Any] | Refusal:
    """The claims of an access token of ours, whomever it stands for and is meant for."""
    part = OidcPart.of(request)
    read = partial(read_own, part.signing_keys, token, typ=TYPE, issuer=part.issuer.url)
    claims = read()
    if claims is None:
        return INVALID if read(may_be_expired=True) is None else EXPIRED
    return claims


@immutable
class SentToken:
    """The token, and how it came."""

    token: str
    is_dpop: bool = False


def header_token(request: Request) -> SentToken | None:
    """The token of the Authorization header, under the scheme Bearer or DPoP."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    is_known = scheme.lower() in ("bearer", "dpop") and token.strip()
    return SentToken(token.strip(), is_dpop=scheme.lower() == "dpop") if is_known else None


def issued_to(request: Request, token: str) -> str:
    """The client of a token that we signed, expired or not; empty for any other."""
    part = OidcPart.of(request)
    claims = read_own(
        part.signing_keys, token, typ=TYPE, issuer=part.issuer.url, may_be_expired=True
    )
    return str(claims["client_id"]) if claims else ""


def find_proof(request: Request, sent: SentToken, claims: dict[str, Any]) -> Proof | Refusal | None:
    """The DPoP proof of a token that is bound to a key; None for one that is not.

    A Refusal unless the request shows everything the token is bound to (RFC 9449 section 7.1,
    RFC 8705 section 3). The proof is not used up yet.
    """
    bound_to = claims.get("cnf", {})
    if sent.is_dpop is not ("jkt" in bound_to):
        return _OTHER_SCHEME
    if "x5t#S256" in bound_to:
        certificate = client_certificate(request)
        if certificate is None or certificate.thumbprint != bound_to["x5t#S256"]:
            return _OTHER_CERTIFICATE
    if not sent.is_dpop:
        return None
    proof = read_proof(
        request.headers.getlist("DPoP"),
        method=request.method,
        path=request.url.path,
        part=OidcPart.of(request),
        access_token=sent.token,
    )
    return _OTHER_KEY if isinstance(proof, Proof) and proof.jkt != bound_to["jkt"] else proof


def refuse_noted(
    request: Request, refusal: Refusal, *, client_id: str, is_dpop: bool, event: str
) -> Response:
    """What a refused request is answered, under an error id by which its developer finds it.

    In a transaction of its own, so call it in none. A few are kept per client, reason, source and
    minute.
    """
    status = _STATUS.get(refusal.error, 401)
    if refusal.error in ROUTINE:
        return _refuse(request, refusal, is_dpop=is_dpop, status=status)
    error_id = new_error_id()
    with transaction(request) as db:
        party = OidcPart.of(request).relying_parties.find(client_id, db=db) if client_id else None
        refused = RefusedRequest(
            error_id, party, refusal.error, refusal.description, "", client_id=client_id
        )
        log_refused(refused)
        refusals = OidcPart.of(request).refusals
        source = source_of(client_ip(request))
        if refusals.admits((party.id if party else None, refusal.error, source)):
            note_refusal(request, db, refused, event=event)
    told = replace(refusal, description=f"{refusal.description} [{error_id}]")
    return _refuse(request, told, is_dpop=is_dpop, status=status)


def _refuse(request: Request, refusal: Refusal, *, is_dpop: bool, status: int = 401) -> Response:
    """RFC 6750 section 3, RFC 9449 section 7.1; with a nonce where the client must use one."""
    said = f'error="{refusal.error}", error_description="{refusal.description}"'
    challenge = f"DPoP {said}, {_ALGS}" if is_dpop else f"Bearer {said}"
    is_told = refusal.error == "use_dpop_nonce"
    nonce = nonce_header(None, OidcPart.of(request).keyring) if is_told else {}
    headers = {"WWW-Authenticate": challenge, **nonce}
    return oauth_error(refusal.error, refusal.description, status=status, headers=headers)


def ask_for_token(request: Request, *, event: str) -> Response:
    """A request without a token is told only that it needs one (RFC 6750 section 3.1)."""
    headers = {"WWW-Authenticate": f"Bearer, DPoP {_ALGS}"}
    failure = Failure(401, _NO_TOKEN, event)
    return oauth_error(
        "invalid_request",
        _NO_TOKEN,
        status=failure.status,
        error_id=note_failure(request, failure),
        headers=headers,
    )
