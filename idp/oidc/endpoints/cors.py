"""What a browser asks before a page of another origin sends a header of its own."""

from starlette.responses import Response

from idp.web.lanes import Lane, in_lane
from idp.web.routes import Router

router = Router()

CROSS_ORIGIN_PATHS = (
    *("/.well-known/openid-configuration", "/jwks"),
    *("/token", "/userinfo", "/revoke"),
)
"""Where clients in browsers call: pages of any origin may read every answer there."""

_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, DPoP",
    "Access-Control-Max-Age": "600",
}


@in_lane(Lane.NONE)
async def preflight() -> Response:
    """Which methods and headers a page may use there."""
    return Response(status_code=204, headers=_PREFLIGHT)


for path in CROSS_ORIGIN_PATHS:
    router.add_api_route(path, preflight, methods=["OPTIONS"])
