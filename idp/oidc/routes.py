"""Every address of the protocol."""

from fastapi import APIRouter

from idp.oidc.endpoints import (
    authorize,
    cors,
    discovery,
    end_session,
    introspection,
    jwks,
    revocation,
    token,
    userinfo,
)

PROGRAM_PATHS = ("/token", "/userinfo", "/revoke", "/introspect", "/jwks", "/.well-known")
"""Addresses whose callers are programs: errors are answered with OAuth JSON."""

router = APIRouter()
for endpoint in (
    *(discovery, jwks, authorize, token, userinfo),
    *(revocation, introspection, end_session, cors),
):
    router.include_router(endpoint.router)
