"""Every address of the protocol."""

from idp.oidc.endpoints import (
    authorize,
    check_session,
    cors,
    device,
    device_authorization,
    discovery,
    end_session,
    figures,
    introspection,
    pushed_authorization,
    registration,
    revocation,
    token,
    userinfo,
)
from idp.web.routes import Router

PROGRAM_PATHS = (
    *("/token", "/userinfo", "/revoke", "/introspect", "/par", "/register"),
    *("/device_authorization", "/jwks", "/.well-known", "/api"),
)
"""Addresses whose callers are programs: errors are answered with OAuth JSON."""

_ENDPOINTS = (
    *(token, authorize, userinfo, introspection, pushed_authorization, revocation),
    *(device_authorization, device),
    *(discovery, end_session, check_session, registration, cors, figures),
)
router = Router(routes=[route for each in _ENDPOINTS for route in each.router.routes])
"""Matched in order: the busiest address comes first."""
