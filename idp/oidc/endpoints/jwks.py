"""The public keys (RFC 7517)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.keys.schedule import JWKS_MAX_AGE
from idp.oidc.endpoints.cors import allow_any_origin
from idp.oidc.part import OidcPart

router = APIRouter()


@router.get("/jwks")
async def jwks(request: Request) -> Response:
    """Every key that signed a token which may still be about, and the next one to sign.

    A copy may be kept only from a node that is up to date: no key signs before such copies are old.
    """
    keys = OidcPart.of(request).signing_keys
    max_age = int(JWKS_MAX_AGE.total_seconds()) if keys.is_recent() else 0
    return allow_any_origin(
        JSONResponse(
            keys.current().jwks,
            headers={"Cache-Control": f"public, max-age={max_age}"},
            media_type="application/jwk-set+json",
        )
    )
