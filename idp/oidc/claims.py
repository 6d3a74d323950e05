"""Claims: those a request names one by one, and those that a grant releases (OIDC Core 5)."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import field
from typing import Any

from idp.kit.clock import to_the_day
from idp.kit.immutable import immutable
from idp.kit.strict_json import parse_object
from idp.people.names import split_name
from idp.people.profile import PersonProfile
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.scopes import CLAIMS, released_claims
from idp.settings.people import CountrySettings
from idp.tokens.lookup import StandingGrant

LOCATIONS = ("userinfo", "id_token")


@immutable
class RequestedClaim:
    """How one claim is asked for. No values: any will do."""

    is_essential: bool = False
    values: tuple[Any, ...] = ()


@immutable
class ClaimsRequest:
    """What is asked for in each location, by claim name."""

    userinfo: Mapping[str, RequestedClaim] = field(default_factory=dict)
    id_token: Mapping[str, RequestedClaim] = field(default_factory=dict)

    @property
    def essential_acrs(self) -> tuple[str, ...]:
        """The values of an essential `acr` in the ID token, most preferred first (5.5.1.1)."""
        asked = self.id_token.get("acr", RequestedClaim())
        return _texts(asked) if asked.is_essential else ()

    @property
    def voluntary_acrs(self) -> tuple[str, ...]:
        """The values of an `acr` that is asked for but not essential."""
        asked = self.id_token.get("acr", RequestedClaim())
        return () if asked.is_essential else _texts(asked)

    @property
    def essential(self) -> frozenset[str]:
        """The claims that are essential in either location (5.5.1)."""
        asked = (*self.userinfo.items(), *self.id_token.items())
        return frozenset(name for name, claim in asked if claim.is_essential)

    @property
    def subjects(self) -> frozenset[str] | None:
        """Whom the answer must be about; None for anybody."""
        asked = [self.id_token.get("sub"), self.userinfo.get("sub")]
        named = [frozenset(_texts(claim)) for claim in asked if claim and claim.values]
        return frozenset.intersection(*named) if named else None


def read_claims(text: str) -> ClaimsRequest:
    """The parameter as sent; empty for none. Members nobody knows are ignored.

    Raises ValueError for what is no JSON object of the form in Core 5.5.
    """
    if not text:
        return ClaimsRequest()
    document = parse_object(text)
    return ClaimsRequest(*(_location(document.get(name)) for name in LOCATIONS))


def _location(asked: object) -> dict[str, RequestedClaim]:
    if asked is None:
        return {}
    if not isinstance(asked, dict):
        raise ValueError("a location is not an object")
    return {name: _claim(value) for name, value in asked.items()}


def _claim(asked: object) -> RequestedClaim:
    if asked is None:
        return RequestedClaim()
    if not isinstance(asked, dict):
        raise ValueError("a claim is neither null nor an object")
    is_essential, values = asked.get("essential", False), asked.get("values", [])
    if not isinstance(is_essential, bool) or not isinstance(values, list):
        raise ValueError("essential is true or false, values a list")
    if "value" in asked:
        values = [asked["value"], *values]
    return RequestedClaim(is_essential, tuple(values))


def _texts(claim: RequestedClaim) -> tuple[str, ...]:
    return tuple(value for value in claim.values if isinstance(value, str))


def grantable_claims(asked: ClaimsRequest, party: RegisteredParty) -> dict[str, Any]:
    """What of the claims asked for one by one a grant keeps: location → claim → values, or none.

    Only claims of scopes that the party registered; the rest is ignored, as Core 5.5 allows.
    """
    offered = party.offered_claims
    kept = {
        location: {name: list(claim.values) for name, claim in claims.items() if name in offered}
        for location, claims in (("userinfo", asked.userinfo), ("id_token", asked.id_token))
    }
    return {location: claims for location, claims in kept.items() if claims}


def needed_claims(
    asked: ClaimsRequest,
    party: RegisteredParty,
    *,
    released: Sequence[str],
    reached_by: Container[str],
    is_silent: bool,
) -> tuple[str, ...]:
    """Of the claims released, those the party cannot do without: registered, or essential.

    People are asked for them, so these are contacts, of kinds by which we can reach them. Where no
    page may be shown what is essential is let go: nothing in Core 5.5.1 makes its lack an error.
    """
    needed = {*party.needed_claims, *(() if is_silent else asked.essential)}
    return tuple(name for name in released if name in needed and CLAIMS[name].contact in reached_by)


def userinfo_claims(
    profile: PersonProfile,
    grant: StandingGrant,
    party: RegisteredParty,
    *,
    scopes: Sequence[str],
    subject: str,
    country: CountrySettings,
) -> dict[str, Any]:
    """What userinfo answers: `sub`, the claims of the scopes, and those asked for singly."""
    known = _agreed(profile, grant, party, country)
    by_scope = _released(known, [scope for scope in grant.scopes if scope in scopes])
    return {**by_scope, **_asked(known, grant, "userinfo"), "sub": subject}


def id_token_claims(
    profile: PersonProfile,
    grant: StandingGrant,
    party: RegisteredParty,
    *,
    scopes: Sequence[str],
    country: CountrySettings,
) -> dict[str, Any]:
    """The claims that were asked for in the ID token, and those of `scopes`, with a value."""
    known = _agreed(profile, grant, party, country)
    by_scope = _released(known, [scope for scope in grant.scopes if scope in scopes])
    return {**by_scope, **_asked(known, grant, "id_token")}


def _agreed(
    profile: PersonProfile,
    grant: StandingGrant,
    party: RegisteredParty,
    country: CountrySettings,
) -> Mapping[str, Any]:
    """The claims with a value that the person was shown when they agreed, and the party may have.

    That is as it is registered now, whatever it was when the grant was opened.
    """
    known, offered = {**_known(profile, country), **_organization(grant)}, party.offered_claims
    return {name: known[name] for name in grant.agreed_claims if name in known and name in offered}


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


def _known(profile: PersonProfile, country: CountrySettings) -> Mapping[str, Any]:
    """Standard claims with a value; nulls and empty strings are never sent.

    Of when they last changed the day alone: two parties would know one person by the second.
    """
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
        "updated_at": int(to_the_day(profile.updated_at, country.time_zone).timestamp()),
    }
    if profile.email:
        known |= {"email": profile.email, "email_verified": profile.email_verified}
    if profile.phone:
        known |= {"phone_number": profile.phone, "phone_number_verified": profile.phone_verified}
    return {name: value for name, value in known.items() if value not in (None, "", {}, [])}


def _organization(grant: StandingGrant) -> Mapping[str, Any]:
    if grant.tax_code is None:
        return {}
    return {
        "organization": {
            "tax_code": grant.tax_code,
            "name": grant.organization_name,
            "role": grant.organization_role,
        }
    }
