"""The metadata of a client as it is stored, and the rules it must follow."""

import re
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from idp.kit.messages import N_
from idp.relying_parties.auth_methods import KEY_METHODS
from idp.relying_parties.certificate_names import find_certificate_fault
from idp.relying_parties.client_fields import COLUMNS, FIELDS, ClientMetadata
from idp.relying_parties.field_kinds import MOST, Fault, kept
from idp.relying_parties.grant_types import (
    DEVICE_CODE,
    IMPLICIT,
    JWT_BEARER,
    MACHINE_GRANTS,
    PERSON_GRANTS,
    REDIRECT_GRANTS,
    SERVICE_GRANTS,
    needed_grants,
)
from idp.relying_parties.key_sets import find_encryption_key, find_key_fault, read_key_set
from idp.relying_parties.models import RelyingParty
from idp.relying_parties.profiles import CLIENT_RULES, OPENID
from idp.relying_parties.redirect_uris import origin_of
from idp.relying_parties.scopes import GIVEN_CLAIMS, INTERFACE_SCOPES, released_claims
from idp.settings.server import IssuerSettings

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""RFC 6749 section 3.3."""


def metadata_of(party: RelyingParty, *, service: tuple[str, ...]) -> ClientMetadata:
    """The stored metadata, with the procedure codes it may name."""
    values = {name: kept(getattr(party, name)) for name in COLUMNS}
    return ClientMetadata(**values, service=tuple(sorted(service)))


def column_values(metadata: ClientMetadata) -> dict[str, object]:
    """The values of COLUMNS, as the table holds them."""
    values = {name: getattr(metadata, name) for name in COLUMNS}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


def find_faults(
    metadata: ClientMetadata, *, issuer: IssuerSettings, levels: Collection[str] | None = None
) -> list[Fault]:
    """Every rule the metadata breaks. Whether the services exist is checked on storing.

    `levels` are those there are; without them, any may be named.
    """
    application_type = metadata.application_type
    return [
        *_needed_faults(metadata),
        *(
            fault
            for name, row in FIELDS.items()
            for fault in row.find_faults(getattr(metadata, name), application_type, issuer)
        ),
        *_uri_faults(metadata),
        *_consistency_faults(metadata),
        *_key_faults(metadata),
        *_response_faults(metadata),
        *_profile_faults(metadata),
        *_level_faults(metadata, metadata.default_acr_values if levels is None else levels),
    ]


def find_production_faults(metadata: ClientMetadata) -> Iterator[Fault]:
    """What a client needs in production beside: people must know what for, and by which rules.

    Nobody agrees to what they do not know (Law 91/2025/QH15 Art. 9, GDPR Art. 13). Those that never
    hear of people need nothing.
    """
    if not {*PERSON_GRANTS} & {*metadata.grant_types}:
        return
    for name in ("purpose_vi", "purpose_en"):
        if not getattr(metadata, name):
            yield Fault(name, N_("Say what people's data is for: they read it and agree."))
    if not metadata.policy_uri:
        sentence = N_("Name the page that says how long data is kept, and how it is handled.")
        yield Fault("policy_uri", sentence)


def _needed_faults(metadata: ClientMetadata) -> Iterator[Fault]:
    if not metadata.client_name.strip():
        yield Fault("client_name", "Enter a name: people see it when they sign in.")
    if set(REDIRECT_GRANTS) & set(metadata.grant_types) and not metadata.redirect_uris:
        yield Fault("redirect_uris", "Enter at least one address to return people to.")
    scopes = metadata.scope.split()
    if len(metadata.scope) > 1000 or any(not _SCOPE.fullmatch(scope) for scope in scopes):
        yield Fault("scope", "Write scope values separated by single spaces.")
    if any(scope.startswith("service:") for scope in scopes):
        yield Fault("scope", "Name services under `service`, not as scope values.")
    if set(PERSON_GRANTS) & set(metadata.grant_types) and _needs_openid(metadata, scopes):
        yield Fault("scope", "Include openid: signing people in needs it.")
    if set(INTERFACE_SCOPES) & set(scopes) and not {*MACHINE_GRANTS} & {*metadata.grant_types}:
        yield Fault("scope", N_("This scope needs a grant without a person."))
    for claim in metadata.needed_claims:
        if claim in GIVEN_CLAIMS and claim not in released_claims(scopes):
            yield Fault("needed_claims", N_("Ask people to share it, too."), claim)


def _needs_openid(metadata: ClientMetadata, scopes: list[str]) -> bool:
    """Whether it would hear of people, or get ID tokens: else it is a client of OAuth alone."""
    has_id_token = any("id_token" in kind.split() for kind in metadata.response_types)
    return "openid" not in scopes and (has_id_token or bool(released_claims(scopes)))


def _uri_faults(metadata: ClientMetadata) -> Iterator[Fault]:
    origins = {origin_of(uri) for uri in metadata.redirect_uris}
    if (uri := metadata.frontchannel_logout_uri) and origin_of(uri) not in origins:
        yield Fault(
            "frontchannel_logout_uri", "Use the scheme, host and port of a redirect URI.", uri[:200]
        )
    hosts = {urlsplit(uri).hostname for uri in metadata.redirect_uris}
    is_shared = bool(metadata.sector_identifier_uri) or metadata.application_type == "native"
    if metadata.subject_type == "pairwise" and len(hosts) > 1 and not is_shared:
        yield Fault(
            "sector_identifier_uri",
            "Pairwise subjects over several hosts need a sector_identifier_uri.",
        )


def _consistency_faults(metadata: ClientMetadata) -> Iterator[Fault]:
    grants = set(metadata.grant_types)
    if not grants:
        yield Fault("grant_types", "Name at least one grant type.")
    elif metadata.is_public and set(SERVICE_GRANTS) & grants:
        sentence = N_("This grant needs a client with a secret or a key of its own.")
        yield Fault("grant_types", sentence)
    elif JWT_BEARER in grants and not metadata.has_keys:
        yield Fault("grant_types", N_("Signed assertions need jwks or jwks_uri."))
    if len(metadata.default_acr_values) > MOST:
        yield Fault("default_acr_values", "List levels, like LoA2 for level 2; 20 at most.")
    if metadata.exchange_clients and not metadata.audiences:
        yield Fault("exchange_clients", "Name in audiences what tokens are exchanged for.")
    is_openid = CLIENT_RULES.get(metadata.profile) is OPENID
    if not metadata.require_pkce and (metadata.is_public or not is_openid):
        yield Fault(
            "require_pkce", "Only confidential clients of profile openid may go without PKCE."
        )


def _level_faults(metadata: ClientMetadata, levels: Collection[str]) -> Iterator[Fault]:
    """A level nobody reaches would be passed over in silence at every sign-in."""
    for level in metadata.default_acr_values:
        if level not in levels:
            yield Fault("default_acr_values", f"Choose from: {', '.join(sorted(levels))}.", level)


def _key_faults(metadata: ClientMetadata) -> Iterator[Fault]:
    """Keys are registered in one way, and where something is signed or encrypted with them."""
    jwks, has_keys = metadata.jwks, metadata.has_keys
    if jwks is not None and metadata.jwks_uri:
        yield Fault("jwks_uri", N_("Register keys either by value or by address, not both."))
    if jwks is not None and (broken := find_key_fault(jwks)):
        yield Fault("jwks", broken)
    for kind in ("id_token", "userinfo"):
        alg_field, enc_field = f"{kind}_encrypted_response_alg", f"{kind}_encrypted_response_enc"
        alg = getattr(metadata, alg_field)
        if alg and not has_keys:
            yield Fault(alg_field, N_("Encryption needs jwks or jwks_uri."))
        if alg and jwks and not find_encryption_key(read_key_set(jwks), alg):
            yield Fault("jwks", N_("Add a key for the encryption algorithm."))
        if getattr(metadata, enc_field) and not alg:
            yield Fault(enc_field, N_("Name the algorithm of the key (…_alg) as well."))
    if metadata.token_endpoint_auth_method in KEY_METHODS and not has_keys:
        yield Fault("token_endpoint_auth_method", N_("This method needs jwks or jwks_uri."))
    if metadata.request_object_signing_alg and not has_keys:
        yield Fault("request_object_signing_alg", N_("Signed requests need jwks or jwks_uri."))
    if fault := find_certificate_fault(metadata):
        yield fault


def _response_faults(metadata: ClientMetadata) -> Iterator[Fault]:
    """Where response types do not go with the rest (RFC 7591 section 2.1).

    `code`, the default, may stand beside grants that have no response; alone it is void.
    """
    grants = set(metadata.grant_types)
    needed = {kind: needed_grants(kind) for kind in metadata.response_types}
    for kind, names in needed.items():
        if kind != "code" and not set(names) <= grants:
            sentence = N_("List authorization_code for code, and implicit for id_token and token.")
            yield Fault("grant_types", sentence, kind)
        if "token" in kind.split() and metadata.is_sender_constrained:
            yield Fault("response_types", N_("Tokens bound to a key come from /token alone."), kind)
    for grant in ("authorization_code", IMPLICIT):
        if grant in grants and not any(grant in names for names in needed.values()):
            sentence = N_("This grant needs a response type of its own.")
            yield Fault("response_types", sentence, grant)


def _profile_faults(metadata: ClientMetadata) -> Iterator[Fault]:
    """What the profile forbids. OpenID Connect's own rules are every client's: they are above."""
    profile, rules = metadata.profile, CLIENT_RULES.get(metadata.profile)
    if rules is None or rules is OPENID:
        return
    for field, allowed in rules.allowed_values.items():
        value = getattr(metadata, field)
        if value not in allowed:
            named = ", ".join(filter(None, allowed))
            yield Fault(field, f"The profile {profile} allows: {named}.", value)
    for kind in metadata.response_types:
        if kind not in rules.response_types:
            yield Fault("response_types", f"The profile {profile} has codes alone.", kind)
    if IMPLICIT in metadata.grant_types:
        yield Fault("grant_types", f"The profile {profile} has codes alone.", IMPLICIT)
    if DEVICE_CODE in metadata.grant_types:
        yield Fault("grant_types", f"The profile {profile} has no grant for devices.", DEVICE_CODE)
    for uri in metadata.redirect_uris:
        if rules.redirect_schemes and not uri.startswith(rules.redirect_schemes):
            yield Fault(
                "redirect_uris", f"The profile {profile} needs an https address.", uri[:200]
            )
    if rules.needs_keys and not metadata.has_keys:
        yield Fault("jwks", f"The profile {profile} needs jwks or jwks_uri: requests are signed.")
