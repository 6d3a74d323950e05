"""Scope values: what each releases, which are granted, and which service a request names."""

import re
from collections.abc import Sequence
from enum import StrEnum

import structlog
from sqlalchemy.orm import Session

from idp.assurance.levels import highest
from idp.journal.errors import note_ignored_scopes
from idp.kit.immutable import immutable
from idp.oidc.parameters import AuthorizationRequest
from idp.oidc.part import OidcPart
from idp.oidc.profiles import profile_of
from idp.relying_parties.grant_types import holds_tokens
from idp.relying_parties.party import RegisteredParty, RegisteredService
from idp.relying_parties.scopes import (
    SCOPE_CLAIMS,
    SERVICE_PREFIX,
    service_codes,
)
from idp.settings.people import AssuranceSettings

_LONGEST_TOLD, _MOST_TOLD = 40, 10
_log = structlog.get_logger("idp.oidc")


class Ignored(StrEnum):
    """Why a scope value is not granted."""

    UNKNOWN = "unknown"
    """Nobody offers it."""
    UNREGISTERED = "unregistered"
    OFFLINE = "offline"
    """Refresh tokens need their grant registered, and the person to be asked (OIDC Core 11)."""


def is_service(scope: str) -> bool:
    """Whether the scope value names a public service."""
    return scope.startswith(SERVICE_PREFIX)


def machine_scopes(party: RegisteredParty) -> tuple[str, ...]:
    """Registered scope values that are an interface's, not a person's."""
    return tuple(scope for scope in party.scope.split() if scope not in SCOPE_CLAIMS)


def exchangeable_scopes(granted: Sequence[str], target: RegisteredParty) -> tuple[str, ...]:
    """What of a token's scope may go on to another service: what that one registered, too.

    Never `offline_access`: what is passed on ends with what it came from.
    """
    services = {f"{SERVICE_PREFIX}{code}" for code in target.services}
    taken = ({*target.scope.split()} | services) - {"offline_access"}
    return tuple(scope for scope in granted if scope in taken)


def granted_scopes(request: AuthorizationRequest, party: RegisteredParty) -> tuple[str, ...]:
    """What of the scope asked for can be granted; the rest is ignored (OIDC Core 3.1.2.1)."""
    return tuple(scope for scope in request.scopes if not _why_ignored(scope, request, party))


def ignored_scopes(request: AuthorizationRequest, party: RegisteredParty) -> dict[str, Ignored]:
    """What of it is not granted, and why."""
    found = {scope: _why_ignored(scope, request, party) for scope in request.scopes}
    return {scope: why for scope, why in found.items() if why}


def tell_ignored(
    part: OidcPart, db: Session, request: AuthorizationRequest, party: RegisteredParty
) -> None:
    """Leave word of them for the client's developer, who reads it in the portal; a few a minute.

    The token response says what was granted. Of what nobody offers, the beginning is told, and of
    an address where it begins: its path may hold a secret.
    """
    ignored = ignored_scopes(request, party)
    if not ignored or not part.refusals.admits((party.id, "scope.ignored")):
        return
    shown = {_told(scope): why.value for scope, why in [*ignored.items()][:_MOST_TOLD]}
    _log.info("scope.ignored", client_id=party.client_id, scopes=shown)
    note_ignored_scopes(db, relying_party_id=party.id, scopes=shown)


def _told(scope: str) -> str:
    scheme, is_address, rest = scope.partition("://")
    if is_address:
        scope = f"{scheme}://{re.split('[/?#]', rest)[0].rpartition('@')[2]}"
    return scope[:_LONGEST_TOLD]


def _why_ignored(
    scope: str, request: AuthorizationRequest, party: RegisteredParty
) -> Ignored | None:
    """None for what is granted. A public service is granted, or the request refused."""
    if is_service(scope):
        return None
    if scope not in SCOPE_CLAIMS:
        return Ignored.UNKNOWN
    if scope == "offline_access":
        return None if _may_be_offline(request, party) else Ignored.OFFLINE
    return None if scope in party.scopes else Ignored.UNREGISTERED


def _may_be_offline(request: AuthorizationRequest, party: RegisteredParty) -> bool:
    has_no_code = holds_tokens(request.response_type) and "code" not in request.asked_for
    if has_no_code or "refresh_token" not in party.grant_types:
        return False
    needs_consent = profile_of(party.profile).offline_access_needs_consent
    return not needs_consent or "consent" in request.prompts


@immutable
class NamedService:
    """The public service a sign-in is for, when it is known, and the least acr accepted."""

    service: RegisteredService | None
    minimum_acr: str
    told: tuple[str, ...]
    """The procedure codes of those that the person is told of: one, or several that are named."""


def consent_scopes(scopes: Sequence[str], named: NamedService) -> tuple[str, ...]:
    """The scope values a person is asked about: a default service as if the request named it."""
    values = (scope for scope in scopes if not is_service(scope))
    return (*values, *(f"{SERVICE_PREFIX}{code}" for code in named.told))


def named_service(
    request: AuthorizationRequest, party: RegisteredParty, assurance: AssuranceSettings
) -> NamedService:
    """The one service named, or the default one.

    With several, or none and no default, the service is unknown and the highest minimum applies.
    """
    codes = service_codes(request.scopes)
    chosen = [party.services[code] for code in codes if code in party.services]
    if not chosen and party.default_service is not None:
        chosen = [party.default_service]
    named = chosen or list(party.services.values())
    is_known = bool(chosen) or len(named) == 1
    return NamedService(
        service=named[0] if len(named) == 1 else None,
        minimum_acr=highest(assurance, (service.required_acr for service in named)),
        told=tuple(service.procedure_code for service in named) if is_known else (),
    )
