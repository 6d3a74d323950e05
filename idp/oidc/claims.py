"""From what is known of a person to the claims that granted scopes release (OIDC Core 5)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from idp.oidc.scopes import released_claims
from idp.people.names import split_name
from idp.people.profile import PersonProfile
from idp.tokens.lookup import StandingGrant


def subject_of(person_id: UUID) -> str:
    """The `sub` of a person: opaque and stable."""
    return person_id.hex


def userinfo_claims(
    profile: PersonProfile, grant: StandingGrant, *, scopes: Sequence[str]
) -> dict[str, Any]:
    """What userinfo answers: `sub`, and the claims of the token's scopes that have a value."""
    known = {**_known(profile), **_organization(grant)}
    released = released_claims([scope for scope in grant.scopes if scope in scopes])
    return {name: known[name] for name in released if name in known}


def _known(profile: PersonProfile) -> Mapping[str, Any]:
    """Standard claims with a value; nulls and empty strings are never sent."""
    parts = split_name(profile.name)
    known: dict[str, Any] = {
        **profile.claims,
        "family_name": parts.family,
        "middle_name": parts.middle,
        "given_name": parts.given,
        "sub": subject_of(profile.person_id),
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
