"""The rules in the order in which they are applied; the first refusal is answered."""

import re
from enum import Enum

from idp.authorization.refusal import Refusal
from idp.kit.messages import N_
from idp.oidc.checks.context import Check, Context, hinted_subject
from idp.oidc.claims import read_claims
from idp.oidc.explanations import compare_uris, show_unknown
from idp.oidc.formats.jose import NO_KEY
from idp.oidc.parameters import MAX_LENGTH, AuthorizationRequest
from idp.oidc.profiles import profile_of
from idp.oidc.redirects import RESPONSE_MODES, SIGNED_MODES
from idp.oidc.resources import may_ask_for, named_resources, reader_of
from idp.oidc.scopes import granted_scopes, is_service
from idp.relying_parties.grant_types import canonical, holds_tokens, needed_grants
from idp.relying_parties.key_sets import find_encryption_key
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.redirect_uris import matches, takes_forms
from idp.relying_parties.scopes import service_codes

PROMPTS = ("none", "login", "consent", "select_account", "create")

_UNKNOWN_CLIENT = N_("The service that sent you here is not registered, or not in operation.")
_NO_ADDRESS = N_("The service that sent you here did not say where to return to.")
_OTHER_ADDRESS = N_("The address that the service asked us to return to is not registered for it.")
_SHA256 = re.compile(r"[A-Za-z0-9_-]{43}")
_MAX_AGE_DIGITS = 9


def check_redirect_uri(
    request: AuthorizationRequest, party: RegisteredParty | None
) -> Refusal | None:
    """The client is known, and the redirect URI registered for it.

    Until this is known nothing is redirected: the words are for our own error page, and the reason
    says what was sent beside what is registered.
    """
    if party is None:
        return Refusal("invalid_client", _UNKNOWN_CLIENT, show_unknown(request.client_id))
    kind, known = party.application_type, party.redirect_uris
    if request.redirect_uri and matches(known, request.redirect_uri, application_type=kind):
        return None
    compared = compare_uris(request.redirect_uri, known, known_as="registered")
    words = _OTHER_ADDRESS if request.redirect_uri else _NO_ADDRESS
    return Refusal("invalid_request", words, f"client_id {party.client_id}; {compared}")


def check_length(context: Context) -> Refusal | None:
    """No parameter exceeds MAX_LENGTH."""
    if max(len(value) for value in vars(context.request).values()) > MAX_LENGTH:
        return _invalid(f"A parameter exceeds {MAX_LENGTH} characters.")
    return None


def check_pushed(context: Context) -> Refusal | None:
    """The request was pushed where the client's metadata or its profile demands it.

    RFC 9126 sections 5 and 6, FAPI 2.0 Security Profile 5.3.2.2.
    """
    request, party = context.request, context.party
    is_required = party.require_pushed_authorization_requests
    if request.pushed_as or not (is_required or profile_of(party.profile).requires_pushed_request):
        return None
    return _invalid("The client must push its requests: use /par.")


def check_registration(context: Context) -> Refusal | None:
    """Self-issued providers' `registration` is refused (OIDC Core 3.1.2.6, 7.2.1)."""
    if not context.request.registration:
        return None
    return Refusal("registration_not_supported", "The parameter registration is not supported.")


def check_response_type(context: Context) -> Refusal | None:
    """The response type is offered, registered for the client, and allowed by its profile."""
    if not context.request.response_type:
        return _invalid("The parameter response_type is missing.")
    kind, party = canonical(context.request.response_type), context.party
    if kind not in context.response_types:
        offered = ", ".join(context.response_types)
        return Refusal("unsupported_response_type", f"Offered response types: {offered}.")
    if kind not in party.response_types:
        return Refusal("unauthorized_client", "The client did not register this response type.")
    missing = [grant for grant in needed_grants(kind) if grant not in party.grant_types]
    if missing:
        return Refusal("unauthorized_client", f"The client did not register {missing[0]}.")
    return _find_protection(context, kind)


def _find_protection(context: Context, kind: str) -> Refusal | None:
    """What must not travel through a browser, by the client's profile or since it is bound."""
    party = context.party
    if kind not in profile_of(party.profile).client.response_types:
        return Refusal("unauthorized_client", "The profile of the client has codes alone.")
    is_held = party.is_sender_constrained or bool(context.request.dpop_jkt)
    if is_held and "token" in context.request.asked_for:
        return Refusal("unauthorized_client", "Sender-constrained tokens come from /token alone.")
    return None


def check_response_mode(context: Context) -> Refusal | None:
    """The response mode is offered or left out, and signed where that was agreed."""
    mode, party = context.request.response_mode, context.party
    if mode not in ("", *RESPONSE_MODES):
        return _invalid(f"Offered response modes: {', '.join(RESPONSE_MODES)}.")
    if mode in ("query", "query.jwt") and holds_tokens(context.request.response_type):
        return _invalid("Tokens never travel in a query: use another mode.")
    if mode.startswith("form_post") and not takes_forms(context.request.redirect_uri):
        return _invalid("A form is posted to an http address alone: use another mode.")
    is_agreed = bool(party.authorization_signed_response_alg)
    must_be_signed = is_agreed and profile_of(party.profile).requires_signed_response
    if must_be_signed and mode not in SIGNED_MODES:
        return _invalid(f"Use a response mode of {', '.join(SIGNED_MODES)}.")
    return None


def check_nonce(context: Context) -> Refusal | None:
    """An ID token that travels through the browser needs a nonce (OIDC Core 3.2.2.1, 3.3.2.11)."""
    if context.request.nonce or "id_token" not in context.request.asked_for:
        return None
    return _invalid("This response type needs the parameter nonce.")


def check_scope(context: Context) -> Refusal | None:
    """The scope holds `openid`; of a client of OAuth alone, anything that it may have.

    Values that the client did not register are ignored, and told.
    """
    request, party = context.request, context.party
    if "openid" in party.scopes and "openid" not in request.scopes:
        return Refusal("invalid_scope", "The scope must hold openid.")
    if not granted_scopes(request, party):
        return Refusal("invalid_scope", "Nothing of the scope is registered for the client.")
    if any(is_service(value) and len(value) > 100 for value in request.scopes):
        return Refusal("invalid_scope", "A service scope is too long.")
    return None


def check_service(context: Context) -> Refusal | None:
    """A service named by `service:<procedure code>` is one that the client serves.

    It sets the minimum level, so an unknown one cannot be ignored.
    """
    for code in service_codes(context.request.scopes):
        if code not in context.party.services:
            return Refusal("invalid_scope", "The client does not serve the public service named.")
    return None


def check_resource(context: Context) -> Refusal | None:
    """The client registered each resource, as the exact text (RFC 8707 section 2.1).

    A person may agree to several at once. A token that comes with the answer is for one of them.
    """
    resources = named_resources(context.request.resource)
    if not may_ask_for(context.party, resources, issuer=context.issuer):
        return Refusal("invalid_target", "The client may not ask for this resource.")
    is_for_one = reader_of(resources, issuer=context.issuer) is not None
    if "token" in context.request.asked_for and not is_for_one:
        return Refusal("invalid_target", "A token is for one reader: name one resource.")
    return None


def check_pkce(context: Context) -> Refusal | None:
    """A code challenge is there when required, and S256 (RFC 7636).

    `plain`, also as the default of a challenge without a method, is refused.
    """
    request, party = context.request, context.party
    if not request.code_challenge:
        if request.code_challenge_method:
            return _invalid("The parameter code_challenge is missing.")
        if "code" in request.asked_for and (party.require_pkce or party.is_public):
            return _invalid("PKCE is required: send code_challenge with S256.")
        return None
    if request.code_challenge_method not in profile_of(party.profile).code_challenge_methods:
        return _invalid("The parameter code_challenge_method must be S256.")
    if not _SHA256.fullmatch(request.code_challenge):
        return _invalid("The parameter code_challenge is not an S256 digest.")
    return None


def check_dpop_jkt(context: Context) -> Refusal | None:
    """The key that a code is bound to is named by its thumbprint (RFC 9449 section 10)."""
    if not context.request.dpop_jkt or _SHA256.fullmatch(context.request.dpop_jkt):
        return None
    return _invalid("The parameter dpop_jkt is not the thumbprint of a key.")


def check_prompt(context: Context) -> Refusal | None:
    """`none` stands alone; other values are the known ones (OIDC Core 3.1.2.1)."""
    prompts = context.request.prompts
    if "none" in prompts and len(prompts) > 1:
        return _invalid("prompt=none cannot be combined with other values.")
    if not prompts <= set(PROMPTS):
        return _invalid("The parameter prompt holds an unknown value.")
    return None


def check_max_age(context: Context) -> Refusal | None:
    """`max_age` is a number of seconds in at most nine ASCII digits (OIDC Core 3.1.2.1)."""
    value = context.request.max_age
    if not value or (value.isascii() and value.isdigit() and len(value) <= _MAX_AGE_DIGITS):
        return None
    return _invalid("The parameter max_age must be a number of seconds.")


def check_claims(context: Context) -> Refusal | None:
    """`claims` is a JSON object as in OIDC Core 5.5; claims nobody offers are ignored later."""
    try:
        read_claims(context.request.claims)
    except ValueError:
        return _invalid("The parameter claims is not a JSON object as in 5.5.")
    return None


def check_id_token_hint(context: Context) -> Refusal | None:
    """An `id_token_hint` is an ID token that we signed, expired or not (OIDC Core 3.1.2.1)."""
    hint = context.request.id_token_hint
    if not hint or hinted_subject(context.request, context.read_id_token) is not None:
        return None
    return _invalid("The parameter id_token_hint is not an ID token of ours.")


def check_encryption(context: Context) -> Refusal | None:
    """The client has a key for an encrypted ID token of /authorize (OIDC Core 10.2).

    Refused before the person signs in; for an ID token of /token, there.
    """
    alg = context.party.id_token_encrypted_response_alg
    if not alg or "id_token" not in context.request.asked_for:
        return None
    if find_encryption_key(context.find_keys(context.party), alg):
        return None
    return _invalid(NO_KEY)


class Address(Enum):
    """Where an authorization may be asked for."""

    AUTHORIZE = "/authorize"
    PUSHED = "/par"
    DEVICE = "/device_authorization"


_ALL = frozenset(Address)
_REDIRECTED = _ALL - {Address.DEVICE}
"""Where the answer goes back by a browser; of what a device may ask, see RFC 8628 section 3.1."""

CHECKS: tuple[tuple[Check, frozenset[Address]], ...] = (
    (check_length, _ALL),
    (check_pushed, _REDIRECTED),
    (check_registration, _REDIRECTED),
    (check_response_type, _REDIRECTED),
    (check_response_mode, _REDIRECTED),
    (check_nonce, _REDIRECTED),
    (check_scope, _ALL),
    (check_service, _ALL),
    (check_resource, _ALL),
    (check_pkce, _REDIRECTED),
    (check_dpop_jkt, _REDIRECTED),
    (check_prompt, _REDIRECTED),
    (check_max_age, _ALL),
    (check_claims, _ALL),
    (check_id_token_hint, _REDIRECTED),
    (check_encryption, _REDIRECTED),
)
"""Which rule applies where, in this order.

Before them all stands `check_redirect_uri`: nothing is redirected until that is good.
"""
_AT = {at: tuple(check for check, where in CHECKS if at in where) for at in Address}


def find_refusal(context: Context, at: Address) -> Refusal | None:
    """The first refusal; None for a request that may go on."""
    return next((refusal for check in _AT[at] if (refusal := check(context))), None)


def _invalid(description: str) -> Refusal:
    return Refusal("invalid_request", description)
