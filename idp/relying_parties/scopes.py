"""The scope values offered, a row each: the claims each releases, and the words people read.

`service:<procedure code>` is offered besides; which services there are is the catalogue's matter.
"""

from collections.abc import Collection, Iterable

from idp.kit.immutable import immutable
from idp.kit.messages import N_

SERVICE_PREFIX = "service:"


@immutable
class Claim:
    """One claim; `words` are its line on the consent page, none for what every sign-in has."""

    name: str
    words: str = ""
    part_of: str = ""
    """The claim beside which it goes without saying; asked for alone it has its line."""
    is_kept: bool = False
    """Whether the value is kept with the person as given. Others are made: `oidc/claims.py`."""
    contact: str = ""
    """Of which kind of contact it tells: who has none can give one while they sign in."""


@immutable
class Scope:
    """One scope value. Words are empty for `openid` alone, which every sign-in has."""

    name: str
    for_people: str
    """What a connected service reads, in a person's account."""
    for_agencies: str
    """What an application may ask people to share: in the portal, and for reviewers."""
    claims: tuple[Claim, ...] = ()
    on_consent: str = ""
    """A sentence of the consent page, for what the claims do not say."""


_SCOPES = (
    Scope("openid", "", "", (Claim("sub"),)),
    Scope(
        "profile",
        N_("name, date of birth, sex"),
        N_("Name, date of birth and sex"),
        (
            Claim("name", N_("Full name")),
            Claim("given_name", N_("Given name"), part_of="name"),
            Claim("family_name", N_("Family name"), part_of="name"),
            Claim("middle_name", N_("Middle name"), part_of="name"),
            Claim("birthdate", N_("Date of birth")),
            Claim("gender", N_("Sex")),
            Claim("nickname", N_("Nickname"), is_kept=True),
            Claim("profile", N_("Profile page"), is_kept=True),
            Claim("picture", N_("Picture"), is_kept=True),
            Claim("website", N_("Website"), is_kept=True),
            Claim("zoneinfo", N_("Time zone"), is_kept=True),
            Claim("locale", N_("Language"), part_of="name"),
            Claim("updated_at", N_("The day your details were last changed"), part_of="name"),
            Claim("preferred_username", N_("User name"), is_kept=True),
        ),
    ),
    Scope(
        "email",
        N_("e-mail"),
        N_("E-mail"),
        (
            Claim("email", N_("E-mail"), contact="email"),
            Claim(
                "email_verified",
                N_("Whether your e-mail address is verified"),
                part_of="email",
                contact="email",
            ),
        ),
    ),
    Scope(
        "phone",
        N_("phone"),
        N_("Phone"),
        (
            Claim("phone_number", N_("Phone"), contact="phone"),
            Claim(
                "phone_number_verified",
                N_("Whether your phone number is verified"),
                part_of="phone_number",
                contact="phone",
            ),
        ),
    ),
    Scope(
        "address",
        N_("address"),
        N_("Permanent address"),
        (Claim("address", N_("Address"), is_kept=True),),
    ),
    Scope(
        "organization",
        N_("the organization you act for"),
        N_("The organization a person acts for"),
        (Claim("organization", N_("The organization you act for, if any, and your role in it")),),
    ),
    Scope(
        "offline_access",
        N_("also while you are not signed in"),
        N_("Access while the person is away (refresh tokens)"),
        on_consent=N_(
            "It may read these also while you are not signed in, until you withdraw your consent."
        ),
    ),
)


@immutable
class InterfaceScope:
    """A scope value of an interface of ours: for a client itself, never a person's to agree to.

    An operator registers it, for a client with a grant without a person.
    """

    name: str
    for_agencies: str


ADOPTION_READ, ADOPTION_INTERNAL = "adoption:read", "adoption:internal"
INTERFACE_SCOPES = {
    scope.name: scope
    for scope in (
        InterfaceScope(ADOPTION_READ, N_("Figures of frozen months, as everybody sees them")),
        InterfaceScope(ADOPTION_INTERNAL, N_("The same figures, true to the last person")),
    )
}
SCOPES = {scope.name: scope for scope in _SCOPES}
"""By name, in the order in which people read of them."""
SCOPE_WORDS = {name: scope.for_agencies for name, scope in SCOPES.items()} | {
    name: scope.for_agencies for name, scope in INTERFACE_SCOPES.items()
}
"""What agencies and reviewers read of each."""
CLAIMS = {claim.name: claim for scope in _SCOPES for claim in scope.claims}
GIVEN_CLAIMS = {
    name: claim.words for name, claim in CLAIMS.items() if claim.contact and not claim.part_of
}
"""Those that people can give while they sign in, with their words."""
CHOSEN_SCOPES = tuple(scope.name for scope in _SCOPES if scope.for_agencies)
"""Those that an agency chooses for its application."""
SCOPE_CLAIMS = {name: tuple(claim.name for claim in scope.claims) for name, scope in SCOPES.items()}
"""Every scope value offered besides `service:…`, with its claims (OIDC Core 5.4)."""


def service_codes(scopes: Iterable[str]) -> tuple[str, ...]:
    """The procedure codes of the public services that scope values name."""
    return tuple(s.removeprefix(SERVICE_PREFIX) for s in scopes if s.startswith(SERVICE_PREFIX))


def words_beside(claims: Collection[str], scopes: Iterable[str]) -> tuple[str, ...]:
    """The words for claims that somebody agreed to beside those of the scopes."""
    single = {*claims} - {*released_claims(scopes)}
    return tuple(
        claim.words
        for name, claim in CLAIMS.items()
        if name in single and claim.words and claim.part_of not in claims
    )


def released_claims(scopes: Iterable[str]) -> tuple[str, ...]:
    """The claims that granted scope values release."""
    return tuple(claim for scope in scopes for claim in SCOPE_CLAIMS.get(scope, ()))
