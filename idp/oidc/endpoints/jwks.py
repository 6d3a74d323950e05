"""The public keys (RFC 7517)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.oidc.endpoints.cors import allow_any_origin

router = APIRouter()


@router.get("/jwks")
async def jwks(request: Request) -> Response:
    """Every key that signed a token which may still be about, and the next one to sign."""
    body = request.app.state.signing_keys.current().jwks
    return allow_any_origin(
        JSONResponse(
            body,
            headers={"Cache-Control": "public, max-age=300"},
            media_type="application/jwk-set+json",
        )
    )
