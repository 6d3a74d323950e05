"""What a relying party's security profile demands: the rules that differ between profiles."""

from dataclasses import replace
from datetime import timedelta

from idp.kit.immutable import immutable
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.profiles import CLIENT_RULES, LEGACY, ClientRules


@immutable(kw_only=True)
class Profile:
    """Demands of one profile; the defaults are those of `openid`."""

    client: ClientRules
    """What its clients may register, and therefore use."""
    code_challenge_methods: tuple[str, ...] = ("S256",)
    offline_access_needs_consent: bool = True
    """`offline_access` is honoured only together with `prompt=consent` (OIDC Core 11)."""
    requires_pushed_request: bool = False
    """/authorize takes only what was pushed (FAPI 2.0 Security Profile 5.3.2.2)."""
    requires_signed_request: bool = False
    """What is pushed is a signed request object (FAPI 2.0 Message Signing 5.3.1)."""
    requires_signed_response: bool = False
    """Answers of /authorize are JWTs for whoever registered how they are signed.

    FAPI 2.0 Message Signing 5.4.1; each of its parts may be agreed upon alone."""
    requires_sender_constrained_tokens: bool = False
    """Tokens are bound by DPoP or mTLS (FAPI 2.0 Security Profile 5.3.2.1)."""
    assertion_audience_is_issuer_only: bool = True
    """`aud` of a client assertion is the issuer as one string: no list, no other address.

    RFC 10070: whoever runs another server could have it made for an address of theirs, and use it
    here."""
    rotates_refresh_tokens: bool = True
    """False where they are bound to the sender, whom a lost answer would lock out."""
    request_object_claims: tuple[str, ...] = ("iss", "aud", "exp")
    """What each request object says about itself; what others say is checked, too."""
    longest_request_object: timedelta | None = timedelta(minutes=60)
    """It ends no later than this from now, and from `nbf`; None where it may for ever."""


_FAPI = Profile(
    client=CLIENT_RULES["fapi2-security"],
    requires_pushed_request=True,
    requires_sender_constrained_tokens=True,
    rotates_refresh_tokens=False,
    request_object_claims=("iss", "aud", "nbf", "exp"),
)
_PROFILES = {
    "openid": Profile(client=CLIENT_RULES["openid"]),
    LEGACY: Profile(
        client=CLIENT_RULES[LEGACY],
        assertion_audience_is_issuer_only=False,
        request_object_claims=(),
        longest_request_object=None,
    ),
    "fapi2-security": _FAPI,
    "fapi2-message-signing": replace(
        _FAPI, requires_signed_request=True, requires_signed_response=True
    ),
}


def profile_of(name: str) -> Profile:
    """The demands of a profile. KeyError for one that does not exist."""
    return _PROFILES[name]


def default_answer_algorithm(party: RegisteredParty) -> str:
    """What we sign with for a party that registered nothing for that answer.

    RS256 (JARM 3, RFC 9701 6); where the profile forbids it, what its ID tokens are signed with.
    """
    allowed = profile_of(party.profile).client.answer_algorithms
    return "RS256" if "RS256" in allowed else party.id_token_signed_response_alg
