"""From what is known of a person to the claims that were granted (OIDC Core 5)."""

from collections.abc import Mapping, Sequence
from typing import Any

from idp.oidc.claims_request import ClaimsRequest
from idp.oidc.scopes import offered_claims
from idp.people.names import split_name
from idp.people.profile import PersonProfile
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.scopes import released_claims
from idp.tokens.lookup import StandingGrant


def grantable_claims(asked: ClaimsRequest, party: RegisteredParty) -> dict[str, Any]:
    """What of the claims asked for one by one a grant keeps: location → claim → values, or none.

    Only claims of scopes that the party registered; the rest is ignored, as Core 5.5 allows.
    """
    offered = offered_claims(party)
    kept = {
        location: {name: list(claim.values) for name, claim in claims.items() if name in offered}
        for location, claims in (("userinfo", asked.userinfo), ("id_token", asked.id_token))
    }
    return {location: claims for location, claims in kept.items() if claims}


def userinfo_claims(
    profile: PersonProfile, grant: StandingGrant, *, scopes: Sequence[str], subject: str
) -> dict[str, Any]:
    """What userinfo answers: `sub`, the claims of the scopes, and those asked for singly."""
    known = {**_known(profile), **_organization(grant)}
    by_scope = _released(known, [scope for scope in grant.scopes if scope in scopes])
    return {**by_scope, **_asked(known, grant, "userinfo"), "sub": subject}


def id_token_claims(
    profile: PersonProfile, grant: StandingGrant, *, with_scopes: bool
) -> dict[str, Any]:
    """The claims that were asked for in the ID token, where they have a value.

    Those of the scopes besides, where no access token comes with it (Core 5.4).
    """
    known = {**_known(profile), **_organization(grant)}
    by_scope = _released(known, grant.scopes) if with_scopes else {}
    return {**by_scope, **_asked(known, grant, "id_token")}


def _released(known: Mapping[str, Any], scopes: Sequence[str]) -> dict[str, Any]:
    return {name: known[name] for name in released_claims(scopes) if name in known}


def _asked(known: Mapping[str, Any], grant: StandingGrant, location: str) -> dict[str, Any]:
    """A claim asked for with values is answered when it has one of them."""
    asked: dict[str, list[Any]] = grant.claims.get(location, {})
    return {
        name: known[name]
        for name, values in asked.items()
        if name in known and (not values or known[name] in values)
    }


def _known(profile: PersonProfile) -> Mapping[str, Any]:
    """Standard claims with a value; nulls and empty strings are never sent."""
    parts = split_name(profile.name)
    known: dict[str, Any] = {
        **profile.claims,
        "family_name": parts.family,
        "middle_name": parts.middle,
        "given_name": parts.given,
        "name": profile.name,
        "birthdate": profile.birthdate,
        "gender": profile.sex.value,
        "locale": profile.locale,
        "updated_at": int(profile.updated_at.timestamp()),
    }
    if profile.email:
        known |= {"email": profile.email, "email_verified": profile.email_verified}
    if profile.phone:
        known |= {"phone_number": profile.phone, "phone_number_verified": profile.phone_verified}
    return {name: value for name, value in known.items() if value not in (None, "", {}, [])}


def _organization(grant: StandingGrant) -> Mapping[str, Any]:
    if grant.organization_id is None:
        return {}
    return {
        "organization": {
            "tax_code": grant.tax_code,
            "name": grant.organization_name,
            "role": grant.organization_role,
        }
    }
