"""Cross-origin reading: open where browsers' clients call, never with credentials."""

from starlette.responses import Response

from idp.web.lanes import Lane, in_lane
from idp.web.routes import Router

router = Router()

_ANSWER = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "DPoP-Nonce, WWW-Authenticate",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, DPoP",
    "Access-Control-Max-Age": "600",
}


def allow_any_origin(response: Response) -> Response:
    """Let pages of any origin read this answer."""
    response.headers.update(_ANSWER)
    return response


@router.options("/.well-known/openid-configuration")
@router.options("/jwks")
@router.options("/token")
@router.options("/userinfo")
@router.options("/revoke")
@in_lane(Lane.NONE)
async def preflight() -> Response:
    """What a browser asks before it sends a header of its own."""
    return allow_any_origin(Response(status_code=204, headers=_PREFLIGHT))
