"""Every address of the protocol."""

from fastapi import APIRouter

from idp.oidc.endpoints import authorize, cors, discovery, end_session, jwks, token, userinfo

PROGRAM_PATHS = ("/token", "/userinfo", "/jwks", "/.well-known")
"""Addresses whose callers are programs: errors are answered with OAuth JSON."""

router = APIRouter()
"""Matched in order: the busiest address comes first."""
for endpoint in (token, authorize, userinfo, discovery, jwks, end_session, cors):
    router.include_router(endpoint.router)
