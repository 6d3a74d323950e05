"""The provider's metadata and keys: what discovery says works, and nothing else does.

OIDC Discovery 1.0, RFC 8414, RFC 7517.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.keys.creation import ALGORITHMS
from idp.keys.schedule import JWKS_MAX_AGE
from idp.kit.languages import LANGUAGES
from idp.oidc import dpop
from idp.oidc.authlib.build import offered_choices, offered_methods
from idp.oidc.checks.rules import PROMPTS
from idp.oidc.endpoints import introspection
from idp.oidc.part import OidcPart
from idp.oidc.profiles import profile_of
from idp.oidc.redirects import RESPONSE_MODES
from idp.relying_parties.client_fields import FIELDS
from idp.relying_parties.profiles import ALGORITHMS as CLIENT_ALGORITHMS
from idp.relying_parties.scopes import CLAIMS, INTERFACE_SCOPES, SCOPES
from idp.web.lanes import Lane, in_lane
from idp.web.routes import READING, Router

router = Router()

_CERTIFICATE_PATHS = {
    "token_endpoint": "/token",
    "userinfo_endpoint": "/userinfo",
    "revocation_endpoint": "/revoke",
    "introspection_endpoint": "/introspect",
    "pushed_authorization_request_endpoint": "/par",
    "device_authorization_endpoint": "/device_authorization",
}
_CACHE = {"Cache-Control": "public, max-age=300"}


@router.api_route("/.well-known/openid-configuration", methods=READING)
@in_lane(Lane.NONE)
async def discovery(request: Request) -> Response:
    """The metadata document."""
    body = metadata(OidcPart.of(request))
    return JSONResponse(body, headers=_CACHE)


def metadata(part: OidcPart) -> dict[str, Any]:
    """The metadata under these part."""
    issuer = part.issuer.url
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        **_registrable(part),
        "response_modes_supported": list(RESPONSE_MODES),
        "code_challenge_methods_supported": list(profile_of("openid").code_challenge_methods),
        "scopes_supported": [*SCOPES, *INTERFACE_SCOPES],
        "claims_supported": _claims_supported(part),
        "claim_types_supported": ["normal"],
        "acr_values_supported": [level.acr for level in part.assurance.levels],
        "prompt_values_supported": list(PROMPTS),
        "display_values_supported": ["page"],
        "ui_locales_supported": list(LANGUAGES),
        "claims_parameter_supported": True,
        "authorization_response_iss_parameter_supported": True,
        **_requests(issuer),
        **_logout(issuer),
        **_token_endpoints(part),
        **_sender_constraints(part),
        **_registration(part),
    }


def _registrable(part: OidcPart) -> dict[str, list[str]]:
    """What clients may choose when they register, as far as it is offered."""
    offered = offered_choices(part)
    return {
        row.discovery: list(offered.get(name, row.choices))
        for name, row in FIELDS.items()
        if row.discovery
    }


def _requests(issuer: str) -> dict[str, Any]:
    """In which other ways a request is made (OIDC Core 6, RFC 9126, RFC 8628)."""
    return {
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "pushed_authorization_request_endpoint": f"{issuer}/par",
        "require_pushed_authorization_requests": False,
        "device_authorization_endpoint": f"{issuer}/device_authorization",
    }


def _logout(issuer: str) -> dict[str, Any]:
    """How a session ends, and how parties come to know (the four logout specifications)."""
    return {
        "end_session_endpoint": f"{issuer}/end_session",
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "check_session_iframe": f"{issuer}/check_session",
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
    }


def _registration(part: OidcPart) -> dict[str, Any]:
    """Named only while it is open."""
    is_open = part.registration.is_open
    return {"registration_endpoint": f"{part.issuer.url}/register"} if is_open else {}


def _sender_constraints(part: OidcPart) -> dict[str, Any]:
    """What tokens may be bound to (RFC 9449 section 5.1, RFC 8705 sections 3.3, 5)."""
    mtls = part.mtls
    aliases = {name: f"{mtls.url}{path}" for name, path in _CERTIFICATE_PATHS.items()}
    return {
        "dpop_signing_alg_values_supported": list(dpop.ALGORITHMS),
        "tls_client_certificate_bound_access_tokens": bool(mtls.certificate_header),
        **({"mtls_endpoint_aliases": aliases} if mtls.certificate_header and mtls.url else {}),
    }


def _token_endpoints(part: OidcPart) -> dict[str, Any]:
    """What a client or a resource server does with a token it has (RFC 7009, 7662, 9701)."""
    issuer, methods = part.issuer.url, list(offered_methods(part))
    return {
        "revocation_endpoint": f"{issuer}/revoke",
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": list(CLIENT_ALGORITHMS),
        "introspection_endpoint": f"{issuer}/introspect",
        "introspection_endpoint_auth_methods_supported": [
            method for method in methods if method in introspection.METHODS
        ],
        "introspection_endpoint_auth_signing_alg_values_supported": list(CLIENT_ALGORITHMS),
        "introspection_signing_alg_values_supported": list(ALGORITHMS),
    }


def _claims_supported(part: OidcPart) -> list[str]:
    protocol = ["iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"]
    has_both = any({"code", "id_token"} <= {*t.split()} for t in part.protocol.response_types)
    return [*CLAIMS, *protocol, *(["c_hash"] if has_both else [])]


@router.api_route("/jwks", methods=READING)
@in_lane(Lane.NONE)
async def jwks(request: Request) -> Response:
    """Every key that signed a token which may still be about, and the next one to sign.

    A copy may be kept only from a node that is up to date: no key signs before such copies are old.
    """
    keys = OidcPart.of(request).signing_keys
    max_age = int(JWKS_MAX_AGE.total_seconds()) if keys.is_recent() else 0
    return JSONResponse(
        keys.current().jwks,
        headers={"Cache-Control": f"public, max-age={max_age}"},
        media_type="application/jwk-set+json",
    )
