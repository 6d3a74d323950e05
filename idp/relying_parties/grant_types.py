"""The grants a relying party may register, and which kind of client each is for."""

from idp.kit.messages import N_

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
IMPLICIT = "implicit"
PERSON_GRANTS = ("authorization_code", IMPLICIT, DEVICE_CODE)
"""Somebody signs in."""
MACHINE_GRANTS = ("client_credentials", JWT_BEARER)
"""Nobody is signed in: the client acts for itself."""
SERVICE_GRANTS = (*MACHINE_GRANTS, TOKEN_EXCHANGE)
"""Between the services of agencies: for clients that prove themselves, and operators registered."""
GRANT_TYPES = (*PERSON_GRANTS, "refresh_token", *SERVICE_GRANTS)


def find_grant_fault(grants: tuple[str, ...], *, is_public: bool, has_keys: bool) -> str | None:
    """What the client lacks for one of these grants; None when it lacks nothing."""
    if is_public and set(SERVICE_GRANTS) & set(grants):
        return N_("This grant needs a client with a secret or a key of its own.")
    if JWT_BEARER in grants and not has_keys:
        return N_("Signed assertions need jwks or jwks_uri.")
    return None
