"""/userinfo: claims about the person behind an access token (OIDC Core 5.3).

The token comes alone, or with what it is bound to: a DPoP proof, a certificate.
"""

import json
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.authorization.refusal import Refusal
from idp.kit.secrets import new_error_id
from idp.oidc.authlib.refused import ROUTINE, RefusedRequest, log_refused
from idp.oidc.claims import userinfo_claims
from idp.oidc.dpop import ALGORITHMS, Proof, accept_proof, nonce_header, read_proof
from idp.oidc.entitlement import is_entitled
from idp.oidc.formats.access_token import GRANT_CLAIM, TYPE, token_ids, with_grant
from idp.oidc.formats.jose import NoUsableKey, encrypt, read_own, sign
from idp.oidc.part import OidcPart
from idp.oidc.requests.authenticated import note_refusal
from idp.oidc.requests.authorization import prefetch_keys
from idp.people.profile import read_profile
from idp.rate_limits import source_of
from idp.relying_parties.party import RegisteredParty
from idp.tokens.lookup import find_standing_grant
from idp.web.db import transaction
from idp.web.errors import Failure, note_failure, oauth_error
from idp.web.forms import read_form
from idp.web.routes import Router
from idp.web.threads import on_thread
from idp.web.trusted_proxy import client_certificate, client_ip

router = Router()

_TWICE = Refusal("invalid_request", "Send the access token in one way only.")
_NO_OPENID = Refusal("insufficient_scope", "The scope openid is required.")
_NO_KEY = Refusal("invalid_request", "The client has no key to encrypt for.")
_EXPIRED = Refusal("invalid_token", "The access token has expired.")
_OF_NOBODY = Refusal("invalid_token", "The access token stands for no person.")
_ELSEWHERE = Refusal("invalid_token", "The access token is meant for other resources.")
_ENDED = Refusal("invalid_token", "What the access token was given for has ended.")
_NO_STORE = {"Cache-Control": "no-store"}
_INVALID = Refusal("invalid_token", "The access token is not valid.")
_NO_TOKEN = "An access token is required."
_OTHER_KEY = Refusal("invalid_token", "The access token is bound to a key this proof is not of.")
_OTHER_SCHEME = Refusal("invalid_token", "The access token must be presented as it was issued.")
_OTHER_CERTIFICATE = Refusal("invalid_token", "The access token is bound to a certificate.")
_STATUS = {"invalid_request": 400, "insufficient_scope": 403}
_ALGS = f'algs="{" ".join(ALGORITHMS)}"'


@dataclass(frozen=True)
class SentToken:
    """The token, and how it came."""

    token: str
    is_dpop: bool = False


@router.get("/userinfo")
def userinfo(request: Request) -> Response:
    """With the token in the Authorization header."""
    return _answer(request, _header_token(request))


@router.post("/userinfo")
async def userinfo_by_post(request: Request) -> Response:
    """With the token in the header or in a form, not in both (RFC 6750 section 2)."""
    sent = _header_token(request)
    if request.headers.get("content-type"):
        posted = (await read_form(request)).get("access_token")
        if sent and posted:
            refuse_twice = partial(_refuse_noted, request, _TWICE, client_id="", is_dpop=False)
            return await on_thread(refuse_twice)
        sent = sent or (SentToken(posted) if posted else None)
    return await on_thread(_answer, request, sent)


def _answer(request: Request, sent: SentToken | None) -> Response:
    if sent is None:
        return _ask_for_token(request)
    claims = _read(request, sent.token)
    if isinstance(claims, Refusal):
        issued_to = _issued_to(request, sent.token)
        return _refuse_noted(request, claims, client_id=issued_to, is_dpop=sent.is_dpop)
    answer = _answer_to(request, sent, claims)
    if isinstance(answer, Refusal):
        is_dpop = sent.is_dpop or "jkt" in claims.get("cnf", {})
        return _refuse_noted(request, answer, client_id=claims["client_id"], is_dpop=is_dpop)
    return answer


def _answer_to(request: Request, sent: SentToken, claims: dict[str, Any]) -> Response | Refusal:
    proof = _find_proof(request, sent, claims)
    if isinstance(proof, Refusal):
        return proof
    if "openid" not in claims["scope"].split():
        return _NO_OPENID
    prefetch_keys(request, claims["client_id"])
    with transaction(request) as db:
        answer = _answer_within(request, db, claims, proof)
    if proof is not None and isinstance(answer, Response):
        answer.headers.update(nonce_header(proof, OidcPart.of(request).keyring))
    return answer


def _answer_within(
    request: Request, db: Session, claims: dict[str, Any], proof: Proof | None
) -> Response | Refusal:
    part = OidcPart.of(request)
    party = part.relying_parties.find(claims["client_id"], db=db)
    if party is None:
        return _INVALID
    if proof is not None:
        refusal = accept_proof(db, proof, party=party, part=part)
        if refusal is not None:
            return refusal
    grant = find_standing_grant(
        db,
        grant_id=UUID(hex=claims[GRANT_CLAIM]),
        token_ids=token_ids(claims),
        today=part.today,
    )
    if grant is None or not is_entitled(part, db, party, grant):
        return _ENDED
    profile = read_profile(db, keyring=part.keyring, person_id=grant.person_id)
    subject = part.subject_of(grant.person_id, party)
    answer = userinfo_claims(
        profile,
        grant,
        party,
        scopes=claims["scope"].split(),
        subject=subject,
        country=part.country,
    )
    return _rendered(request, party, answer)


def _rendered(
    request: Request, party: RegisteredParty, claims: dict[str, Any]
) -> Response | Refusal:
    """JSON, or signed, or encrypted, or both, as the client registered (OIDC Core 5.3.2)."""
    part, alg = OidcPart.of(request), party.userinfo_encrypted_response_alg
    signing = party.userinfo_signed_response_alg
    if not signing and not alg:
        return JSONResponse(claims, headers=_NO_STORE)
    content = json.dumps(claims)
    if signing:
        said = {**claims, "iss": part.issuer.url, "aud": party.client_id}
        content = sign(part.signing_keys, said, alg=signing)
    if alg:
        keys, enc = part.client_keys.at_hand(party), party.userinfo_encrypted_response_enc
        try:
            content = encrypt(content, keys=keys, alg=alg, enc=enc, is_signed=bool(signing))
        except NoUsableKey:
            return _NO_KEY
    return Response(content, media_type="application/jwt", headers=_NO_STORE)


def _read(request: Request, token: str) -> dict[str, Any] | Refusal:
    """The claims of an access token of ours that stands for a person and is meant for us."""
    part = OidcPart.of(request)
    issuer = part.issuer.url
    read = partial(read_own, part.signing_keys, token, typ=TYPE, issuer=issuer)
    claims = read()
    if claims is None:
        return _INVALID if read(may_be_expired=True) is None else _EXPIRED
    if GRANT_CLAIM not in claims:
        return _OF_NOBODY
    if claims["aud"] != issuer:
        return _ELSEWHERE
    return with_grant(claims, issuer=issuer, keyring=part.keyring) or _INVALID


def _issued_to(request: Request, token: str) -> str:
    """The client of a token that we signed, expired or not; empty for any other."""
    part = OidcPart.of(request)
    claims = read_own(
        part.signing_keys, token, typ=TYPE, issuer=part.issuer.url, may_be_expired=True
    )
    return str(claims["client_id"]) if claims else ""


def _header_token(request: Request) -> SentToken | None:
    """The token of the Authorization header, under the scheme Bearer or DPoP."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    is_known = scheme.lower() in ("bearer", "dpop") and token.strip()
    return SentToken(token.strip(), is_dpop=scheme.lower() == "dpop") if is_known else None


def _find_proof(
    request: Request, sent: SentToken, claims: dict[str, Any]
) -> Proof | Refusal | None:
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


def _refuse_noted(request: Request, refusal: Refusal, *, client_id: str, is_dpop: bool) -> Response:
    """`_refuse`, under an error id by which the client's developer finds it.

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
            note_refusal(request, db, refused, event="userinfo.refused")
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


def _ask_for_token(request: Request) -> Response:
    """A request without a token is told only that it needs one (RFC 6750 section 3.1)."""
    headers = {"WWW-Authenticate": f"Bearer, DPoP {_ALGS}"}
    failure = Failure(401, _NO_TOKEN, "userinfo.refused")
    return oauth_error(
        "invalid_request",
        _NO_TOKEN,
        status=failure.status,
        error_id=note_failure(request, failure),
        headers=headers,
    )
