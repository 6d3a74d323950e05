"""A protected resource: the access token sent to it, alone or with what it is bound to."""

from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.authorization.refusal import Refusal
from idp.kit.secrets import new_error_id
from idp.oidc.authlib.refused import ROUTINE, RefusedRequest, log_refused
from idp.oidc.dpop import ALGORITHMS, Proof, nonce_header, read_proof
from idp.oidc.part import OidcPart
from idp.oidc.requests.authenticated import note_refusal
from idp.rate_limits import source_of
from idp.web.client_certificate import client_certificate
from idp.web.client_ip import client_ip
from idp.web.db import transaction
from idp.web.errors import oauth_error

INVALID = Refusal("invalid_token", "The access token is not valid.")
_OTHER_KEY = Refusal("invalid_token", "The access token is bound to a key this proof is not of.")
_OTHER_SCHEME = Refusal("invalid_token", "The access token must be presented as it was issued.")
_OTHER_CERTIFICATE = Refusal("invalid_token", "The access token is bound to a certificate.")
_STATUS = {"invalid_request": 400, "insufficient_scope": 403}
_ALGS = f'algs="{" ".join(ALGORITHMS)}"'


@dataclass(frozen=True)
class Presented:
    """The token, and how it came."""

    token: str
    is_dpop: bool = False


def header_token(request: Request) -> Presented | None:
    """The token of the Authorization header, under the scheme Bearer or DPoP."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    is_known = scheme.lower() in ("bearer", "dpop") and token.strip()
    return Presented(token.strip(), is_dpop=scheme.lower() == "dpop") if is_known else None


def find_proof(
    request: Request, presented: Presented, claims: dict[str, Any]
) -> Proof | Refusal | None:
    """The DPoP proof of a token that is bound to a key; None for one that is not.

    A Refusal unless the request shows everything the token is bound to (RFC 9449 section 7.1,
    RFC 8705 section 3). The proof is not used up yet.
    """
    bound_to = claims.get("cnf", {})
    if presented.is_dpop is not ("jkt" in bound_to):
        return _OTHER_SCHEME
    if "x5t#S256" in bound_to:
        certificate = client_certificate(request)
        if certificate is None or certificate.thumbprint != bound_to["x5t#S256"]:
            return _OTHER_CERTIFICATE
    if not presented.is_dpop:
        return None
    proof = read_proof(
        request.headers.getlist("DPoP"),
        method=request.method,
        path=request.url.path,
        part=OidcPart.of(request),
        access_token=presented.token,
    )
    return _OTHER_KEY if isinstance(proof, Proof) and proof.jkt != bound_to["jkt"] else proof


def refuse_noted(request: Request, refusal: Refusal, *, client_id: str, is_dpop: bool) -> Response:
    """`refuse`, under an error id by which the client's developer finds it.

    In a transaction of its own, so call it in none. A few are kept per client, reason, source and
    minute.
    """
    status = _STATUS.get(refusal.error, 401)
    if refusal.error in ROUTINE:
        return refuse(request, refusal, is_dpop=is_dpop, status=status)
    error_id = new_error_id()
    with transaction(request) as db:
        party = OidcPart.of(request).relying_parties.find(client_id, db=db) if client_id else None
        refused = RefusedRequest(error_id, party, refusal.error, refusal.description, "")
        log_refused(refused)
        refusals = OidcPart.of(request).refusals
        source = source_of(client_ip(request))
        if refusals.admits((party.id if party else None, refusal.error, source)):
            note_refusal(db, refused, event="userinfo.refused")
    told = replace(refusal, description=f"{refusal.description} [{error_id}]")
    return refuse(request, told, is_dpop=is_dpop, status=status)


def refuse(request: Request, refusal: Refusal, *, is_dpop: bool, status: int = 401) -> Response:
    """RFC 6750 section 3, RFC 9449 section 7.1; with a nonce for whoever needs one."""
    said = f'error="{refusal.error}", error_description="{refusal.description}"'
    challenge = f"DPoP {said}, {_ALGS}" if is_dpop else f"Bearer {said}"
    is_told = refusal.error == "use_dpop_nonce"
    nonce = nonce_header(None, OidcPart.of(request).keyring) if is_told else {}
    headers = {"WWW-Authenticate": challenge, **nonce}
    return oauth_error(refusal.error, refusal.description, status=status, headers=headers)


def ask_for_token() -> Response:
    """A request without a token is told only that it needs one."""
    headers = {"WWW-Authenticate": f"Bearer, DPoP {_ALGS}"}
    return oauth_error(
        "invalid_request", "An access token is required.", status=401, headers=headers
    )
