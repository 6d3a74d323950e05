"""The table of client fields: what an agency says about its client. Names follow RFC 7591.

A row is an attribute's name, type and default, and what else is known of it: what shows, reads or
keeps a client derives from the rows. A new field is a row here, a column in `models` with its
migration, the code that acts on it, and where agencies set it a part of `portal/form_parts.py`.
"""

from dataclasses import fields, replace
from typing import Any

from idp.keys.creation import ALGORITHMS as ANSWER_ALGS
from idp.kit.immutable import immutable
from idp.kit.messages import N_
from idp.relying_parties.auth_methods import AUTH_METHODS, SECRET_METHODS
from idp.relying_parties.field_kinds import (
    BOXES,
    KEYS,
    LEVEL,
    LINES,
    MAILBOX,
    NAME,
    OF_CLAIM,
    SECONDS,
    SENTENCES,
    By,
    Many,
    address,
    plain,
    row,
    sentence,
)
from idp.relying_parties.grant_types import GRANT_TYPES, GRANTS, RESPONSE_TYPES
from idp.relying_parties.profiles import ALGORITHMS, CLIENT_RULES
from idp.relying_parties.scopes import GIVEN_CLAIMS, SCOPE_WORDS

ENCRYPTION_ALGS = ("RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A256KW")
ENCRYPTION_ENCS = ("A128CBC-HS256", "A256GCM")
ANYBODY = By.AGENCY | By.CLIENT
_ADDRESS, _OPENED, _RETURN = address(), address(is_opened=True), address(returns_people=True)


@immutable(kw_only=True)
class ClientMetadata:
    """A client as declared; pages show the fields in this order."""

    client_name: str = row("", plain, N_("Name in Vietnamese"), kind=NAME, by=ANYBODY)
    client_name_en: str = row("", plain, N_("Name in English"), kind=NAME, by=By.AGENCY)
    purpose_vi: str = row("", sentence, N_("Purpose in Vietnamese"), kind=NAME, by=ANYBODY)
    """What people's data is asked for, shown after “Để:”; what they agree to is that."""
    purpose_en: str = row("", sentence, N_("Purpose in English"), kind=NAME, by=ANYBODY)
    redirect_uris: Many = row((), _RETURN, N_("Redirect URIs"), kind=LINES, by=ANYBODY)
    service: Many = row((), None, N_("Public services"), by=By.AGENCY)
    """Procedure codes, in order; they are kept in a table of their own."""
    post_logout_redirect_uris: Many = row(
        (), _RETURN, N_("Addresses after signing out"), kind=LINES, by=ANYBODY
    )
    backchannel_logout_uri: str = row(
        "", _ADDRESS, N_("Address told when people sign out"), by=ANYBODY
    )
    frontchannel_logout_uri: str = row(
        "", _ADDRESS, N_("Page opened when people sign out"), by=ANYBODY
    )
    policy_uri: str = row("", _OPENED, N_("Privacy policy"), by=ANYBODY)
    tos_uri: str = row("", _OPENED, N_("Terms of use"), by=ANYBODY)
    help_uri: str = row("", _OPENED, N_("Questions and answers"), by=ANYBODY)
    scope: str = row(
        "openid profile",
        None,
        N_("May ask people to share"),
        by=ANYBODY,
        words=SCOPE_WORDS,
    )
    needed_claims: Many = row(
        (), None, N_("Cannot do without"), kind=BOXES, by=ANYBODY, words=GIVEN_CLAIMS
    )
    """What people are asked for while they sign in who have none of it."""
    claim_purposes_vi: Many = row(
        (), OF_CLAIM, N_("What single data is for, in Vietnamese"), kind=SENTENCES, by=ANYBODY
    )
    """Of claims that are for something else than the rest: `phone_number: để báo kết quả`."""
    claim_purposes_en: Many = row(
        (), OF_CLAIM, N_("What single data is for, in English"), kind=SENTENCES, by=ANYBODY
    )
    claims_in_id_token: bool = row(
        False, None, N_("Its ID tokens hold people's data, too"), by=By.AGENCY
    )
    """Those of the scopes, which userinfo answers in any case (OIDC Core 5.4)."""
    application_type: str = row(
        "web",
        None,
        N_("Kind of application"),
        by=ANYBODY,
        choices=("web", "native"),
        words={"web": N_("Web application"), "native": N_("Mobile or desktop application")},
    )
    token_endpoint_auth_method: str = row(
        "client_secret_basic",
        None,
        N_("How it authenticates"),
        by=ANYBODY,
        choices=AUTH_METHODS,
        discovery="token_endpoint_auth_methods_supported",
        words={"none": N_("Without a secret: PKCE protects it")},
    )
    require_auth_method: bool = row(
        False, None, N_("Must authenticate in just that way"), by=By.OPERATOR
    )
    """Else a secret may be sent in the header or in the form, whichever of them is registered."""
    default_max_age: int | None = row(
        None, None, N_("Maximum sign-in age (seconds)"), kind=SECONDS, by=ANYBODY
    )
    default_acr_values: Many = row((), LEVEL, N_("Identity levels it asks for"), by=ANYBODY)
    require_auth_time: bool = row(
        False, None, N_("Always say when the person signed in (auth_time)"), by=ANYBODY
    )
    resources: Many = row(
        (), _ADDRESS, N_("Gets tokens for these APIs of others"), kind=LINES, by=By.OPERATOR
    )
    """For whom it may ask access tokens to be meant (RFC 8707)."""
    audiences: Many = row(
        (),
        address(is_own=True),
        N_("Its own APIs, for which others get tokens"),
        kind=LINES,
        by=By.OPERATOR,
    )
    """What it answers to as a resource server: it may introspect tokens meant for these.

    No other agency's: `audiences`.
    """
    exchange_clients: Many = row(
        (), None, N_("Whose services may act for people there"), by=By.OPERATOR
    )
    """Whose services may exchange people's tokens for tokens meant for its audiences."""
    grant_types: Many = row(
        ("authorization_code",),
        None,
        N_("How it gets tokens"),
        choices=GRANT_TYPES,
        discovery="grant_types_supported",
        words={grant.name: grant.words for grant in GRANTS},
    )
    response_types: Many = row(
        ("code",),
        None,
        N_("What it gets from the sign-in page"),
        choices=RESPONSE_TYPES,
        discovery="response_types_supported",
    )
    profile: str = row(
        "openid", None, N_("Security profile"), choices=tuple(CLIENT_RULES), by=By.OPERATOR
    )
    require_pkce: bool = row(True, None, N_("Must use PKCE"), by=By.OPERATOR)
    client_uri: str = row("", _ADDRESS, N_("Home page"), by=ANYBODY)
    logo_uri: str = row("", _OPENED, N_("Logo"), by=ANYBODY)
    initiate_login_uri: str = row(
        "", _ADDRESS, N_("Address where others may start a sign-in"), by=ANYBODY
    )
    contacts: Many = row((), MAILBOX, N_("Contacts"), kind=LINES)
    backchannel_logout_session_required: bool = row(
        False, None, N_("Must be told which session ended (back-channel)")
    )
    frontchannel_logout_session_required: bool = row(
        False, None, N_("Must be told which session ended (front-channel)")
    )
    jwks: dict[str, Any] | None = row(
        None, None, N_("Its public keys"), kind=KEYS, by=ANYBODY, is_fresh=True
    )
    jwks_uri: str = row("", _ADDRESS, N_("Address of its public keys"), by=ANYBODY, is_fresh=True)
    token_endpoint_auth_signing_alg: str = row(
        "",
        None,
        N_("Algorithm by which it authenticates"),
        choices=ALGORITHMS,
        discovery="token_endpoint_auth_signing_alg_values_supported",
    )
    tls_client_auth_subject_dn: str = row("", None, N_("Its certificate: subject"))
    tls_client_auth_san_dns: str = row("", None, N_("Its certificate: host name"))
    tls_client_auth_san_uri: str = row("", None, N_("Its certificate: URI"))
    tls_client_auth_san_ip: str = row("", None, N_("Its certificate: IP address"))
    tls_client_auth_san_email: str = row("", None, N_("Its certificate: e-mail address"))
    request_uris: Many = row(
        (), address(may_have_fragment=True), N_("Addresses of its signed requests"), kind=LINES
    )
    request_object_signing_alg: str = row(
        "",
        None,
        N_("Algorithm that signs its requests"),
        choices=ALGORITHMS,
        discovery="request_object_signing_alg_values_supported",
    )
    require_pushed_authorization_requests: bool = row(
        False, None, N_("Must push its requests (PAR)")
    )
    authorization_signed_response_alg: str = row(
        "",
        None,
        N_("Algorithm that signs answers to its requests (JARM)"),
        choices=ANSWER_ALGS,
        discovery="authorization_signing_alg_values_supported",
    )
    id_token_signed_response_alg: str = row(
        "RS256",
        None,
        N_("Algorithm that signs its ID tokens"),
        choices=ANSWER_ALGS,
        discovery="id_token_signing_alg_values_supported",
    )
    id_token_encrypted_response_alg: str = row(
        "",
        None,
        N_("Key algorithm that encrypts its ID tokens"),
        choices=ENCRYPTION_ALGS,
        discovery="id_token_encryption_alg_values_supported",
    )
    id_token_encrypted_response_enc: str = row(
        "",
        None,
        N_("Content algorithm that encrypts its ID tokens"),
        choices=ENCRYPTION_ENCS,
        discovery="id_token_encryption_enc_values_supported",
    )
    userinfo_signed_response_alg: str = row(
        "",
        None,
        N_("Algorithm that signs people's data for it"),
        choices=ANSWER_ALGS,
        discovery="userinfo_signing_alg_values_supported",
    )
    userinfo_encrypted_response_alg: str = row(
        "",
        None,
        N_("Key algorithm that encrypts people's data for it"),
        choices=ENCRYPTION_ALGS,
        discovery="userinfo_encryption_alg_values_supported",
    )
    userinfo_encrypted_response_enc: str = row(
        "",
        None,
        N_("Content algorithm that encrypts people's data for it"),
        choices=ENCRYPTION_ENCS,
        discovery="userinfo_encryption_enc_values_supported",
    )
    subject_type: str = row(
        "public",
        None,
        N_("By which identifier it knows people"),
        choices=("public", "pairwise"),
        discovery="subject_types_supported",
    )
    sector_identifier_uri: str = row("", _ADDRESS, N_("Document that names its sector"))
    dpop_bound_access_tokens: bool = row(False, None, N_("Access tokens bound to a key (DPoP)"))
    tls_client_certificate_bound_access_tokens: bool = row(
        False, None, N_("Access tokens bound to its certificate (mTLS)")
    )

    @property
    def is_public(self) -> bool:
        """Whether it has no secret and proves itself by PKCE alone."""
        return self.token_endpoint_auth_method == "none"

    @property
    def uses_secret(self) -> bool:
        """Whether it authenticates by a client secret."""
        return self.token_endpoint_auth_method in SECRET_METHODS

    @property
    def auth_methods(self) -> tuple[str, ...]:
        """The ways in which it may authenticate: libraries differ in how they send a secret."""
        may_choose = self.uses_secret and not self.require_auth_method
        return SECRET_METHODS if may_choose else (self.token_endpoint_auth_method,)

    @property
    def has_keys(self) -> bool:
        """Whether it registered keys, by value or by address."""
        return self.jwks is not None or bool(self.jwks_uri)

    @property
    def hears_of_sign_outs(self) -> bool:
        """Whether it is told of sessions that end, and must know which of its own that is."""
        return bool(self.backchannel_logout_uri or self.frontchannel_logout_uri)

    @property
    def is_sender_constrained(self) -> bool:
        """Whether its access tokens are bound to a key or a certificate."""
        return self.dpop_bound_access_tokens or self.tls_client_certificate_bound_access_tokens


FIELDS = {
    each.name: replace(each.metadata["row"], name=each.name) for each in fields(ClientMetadata)
}
"""The rows by name, in order."""
COLUMNS = tuple(name for name in FIELDS if name != "service")
"""Those that are columns of `relying_party`."""


def for_production(sandbox: ClientMetadata) -> ClientMetadata:
    """What a production twin begins with: the sandbox's metadata without its keys."""
    return replace(sandbox, **{name: row.default for name, row in FIELDS.items() if row.is_fresh})
