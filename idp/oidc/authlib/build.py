"""The table of grants and client authentication methods: what discovery tells and /token does."""

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from sqlalchemy.orm import Session

from idp.oidc import grants
from idp.oidc.authlib.authentication import CLIENT_AUTHENTICATION
from idp.oidc.authlib.server import ProviderServer
from idp.oidc.part import OidcPart
from idp.relying_parties.auth_methods import SELF_SIGNED_TLS_CLIENT_AUTH, TLS_CLIENT_AUTH
from idp.relying_parties.grant_types import GRANT_TYPES, IMPLICIT, holds_tokens


def _find_grants() -> tuple[Any, ...]:
    modules = [import_module(f"{grants.__name__}.{m.name}") for m in iter_modules(grants.__path__)]
    found = {
        value.GRANT_TYPE: value
        for module in modules
        for value in vars(module).values()
        if hasattr(value, "GRANT_TYPE") and value.__module__ == module.__name__
    }
    return tuple(found[name] for name in GRANT_TYPES)


GRANTS = _find_grants()
"""The class of each grant type: the one in `oidc/grants` that bears its name."""
AUTHORIZATION_GRANTS = tuple(g for g in GRANTS if hasattr(g, "check_authorization_endpoint"))
"""Those that answer at /authorize."""

AUTHENTICATION_METHODS = (*CLIENT_AUTHENTICATION, "none")


def offered_methods(part: OidcPart) -> tuple[str, ...]:
    """Those that can succeed: certificates need a proxy that tells of them."""
    mtls = part.mtls
    is_offered = {
        SELF_SIGNED_TLS_CLIENT_AUTH: bool(mtls.certificate_header),
        TLS_CLIENT_AUTH: bool(mtls.certificate_header and mtls.verified_header),
    }
    return tuple(method for method in AUTHENTICATION_METHODS if is_offered.get(method, True))


def offered_grants(part: OidcPart) -> tuple[str, ...]:
    """All grant types; `implicit` only where a response type is offered for it."""
    is_off = not any(map(holds_tokens, part.protocol.response_types))
    return tuple(name for name in GRANT_TYPES if not (is_off and name == IMPLICIT))


def offered_choices(part: OidcPart) -> dict[str, tuple[str, ...]]:
    """Client field → what is offered of its choices, for those fields that settings narrow."""
    return {
        "token_endpoint_auth_method": offered_methods(part),
        "grant_types": offered_grants(part),
        "response_types": part.protocol.response_types,
    }


def token_grants(grant_type: str | None) -> tuple[Any, ...]:
    """The class that answers at /token to this `grant_type`; none for one that nobody knows."""
    found = (grant for grant in GRANTS if grant_type == grant.GRANT_TYPE)
    return tuple(grant for grant in found if hasattr(grant, "check_token_endpoint"))


def build_server(
    part: OidcPart,
    db: Session | None = None,
    *,
    grants: Iterable[Any] = (),
    is_audited: bool = False,
) -> ProviderServer:
    """The server object of one request; `db` is the transaction under way, if there is one.

    It answers by these `grants`.
    """
    server = ProviderServer(part, db, is_audited=is_audited)
    for grant in grants:
        server.register_grant(grant, [extension(server) for extension in grant.EXTENSIONS])
    return server
