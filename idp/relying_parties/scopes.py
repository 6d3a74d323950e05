"""Scope values and the claims each releases."""

from collections.abc import Iterable

SCOPE_CLAIMS: dict[str, tuple[str, ...]] = {
    "openid": ("sub",),
    "profile": (
        *("name", "given_name", "family_name", "middle_name", "nickname", "profile", "picture"),
        *("website", "gender", "birthdate", "zoneinfo", "locale", "updated_at"),
        "preferred_username",
    ),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "address": ("address",),
    "organization": ("organization",),
    "offline_access": (),
}
"""Every scope value offered besides `service:…`, with its claims (OIDC Core 5.4)."""


def released_claims(scopes: Iterable[str]) -> tuple[str, ...]:
    """The claims that granted scope values release."""
    return tuple(claim for scope in scopes for claim in SCOPE_CLAIMS.get(scope, ()))
