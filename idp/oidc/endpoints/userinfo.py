"""/userinfo: claims about the person behind an access token (OIDC Core 5.3).

The token comes alone, or with what it is bound to: a DPoP proof, a certificate.
"""

import json
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.authorization.refusal import Refusal
from idp.oidc.claims import userinfo_claims
from idp.oidc.dpop import Proof, accept_proof, nonce_header
from idp.oidc.endpoints.presented import (
    ELSEWHERE,
    ENDED,
    INVALID,
    SentToken,
    ask_for_token,
    find_proof,
    header_token,
    issued_to,
    read_claims,
    refuse_noted,
)
from idp.oidc.entitlement import is_entitled
from idp.oidc.formats.access_token import GRANT_CLAIM, token_ids, with_grant
from idp.oidc.formats.jose import NoUsableKey, encrypt, sign
from idp.oidc.part import OidcPart
from idp.oidc.requests.authorization import prefetch_keys
from idp.people.profile import read_profile
from idp.relying_parties.party import RegisteredParty
from idp.tokens.lookup import find_standing_grant
from idp.web.db import transaction
from idp.web.forms import read_form
from idp.web.routes import Router
from idp.web.threads import on_thread

router = Router()

_TWICE = Refusal("invalid_request", "Send the access token in one way only.")
_NO_OPENID = Refusal("insufficient_scope", "The scope openid is required.")
_NO_KEY = Refusal("invalid_request", "The client has no key to encrypt for.")
_OF_NOBODY = Refusal("invalid_token", "The access token stands for no person.")
_NO_STORE = {"Cache-Control": "no-store"}
_EVENT = "userinfo.refused"


@router.get("/userinfo")
def userinfo(request: Request) -> Response:
    """With the token in the Authorization header."""
    return _answer(request, header_token(request))


@router.post("/userinfo")
async def userinfo_by_post(request: Request) -> Response:
    """With the token in the header or in a form, not in both (RFC 6750 section 2)."""
    sent = header_token(request)
    if request.headers.get("content-type"):
        posted = (await read_form(request)).get("access_token")
        if sent and posted:
            refuse_twice = partial(
                refuse_noted, request, _TWICE, client_id="", is_dpop=False, event=_EVENT
            )
            return await on_thread(refuse_twice)
        sent = sent or (SentToken(posted) if posted else None)
    return await on_thread(_answer, request, sent)


def _answer(request: Request, sent: SentToken | None) -> Response:
    if sent is None:
        return ask_for_token(request, event=_EVENT)
    claims = _read(request, sent.token)
    if isinstance(claims, Refusal):
        client_id = issued_to(request, sent.token)
        return refuse_noted(
            request, claims, client_id=client_id, is_dpop=sent.is_dpop, event=_EVENT
        )
    answer = _answer_to(request, sent, claims)
    if isinstance(answer, Refusal):
        is_dpop = sent.is_dpop or "jkt" in claims.get("cnf", {})
        return refuse_noted(
            request, answer, client_id=claims["client_id"], is_dpop=is_dpop, event=_EVENT
        )
    return answer


def _answer_to(request: Request, sent: SentToken, claims: dict[str, Any]) -> Response | Refusal:
    proof = find_proof(request, sent, claims)
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
        return INVALID
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
        return ENDED
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
    claims = read_claims(request, token)
    if isinstance(claims, Refusal):
        return claims
    if GRANT_CLAIM not in claims:
        return _OF_NOBODY
    if claims["aud"] != issuer:
        return ELSEWHERE
    return with_grant(claims, issuer=issuer, keyring=part.keyring) or INVALID
