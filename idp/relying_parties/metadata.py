"""What an agency says about its client, and the rules it must follow. Names follow RFC 7591."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from idp.relying_parties.auth_methods import AUTH_METHODS
from idp.relying_parties.grant_types import GRANT_TYPES, IMPLICIT, PERSON_GRANTS, find_grant_fault
from idp.relying_parties.key_rules import find_key_faults
from idp.relying_parties.models import RelyingParty
from idp.relying_parties.profiles import ALGORITHMS, CLIENT_RULES, find_broken_rules
from idp.relying_parties.redirect_uris import find_fault, origin_of
from idp.relying_parties.response_types import RESPONSE_TYPES, find_response_faults
from idp.settings.server import IssuerSettings

ID_TOKEN_ALGS = ("RS256", "PS256", "ES256")
APPLICATION_TYPES = ("web", "native")
ENCRYPTION_ALGS = ("RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A256KW")
ENCRYPTION_ENCS = ("A128CBC-HS256", "A256GCM")
SUBJECT_TYPES = ("public", "pairwise")
MAX_URIS = 20
MAX_NAME = 100
MAX_AGE = 999_999_999
"""Seconds; as many digits as `max_age` has at most."""

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_CONTACT = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,}")


@dataclass(frozen=True, kw_only=True)
class ClientMetadata:
    """A relying party as declared; `service` lists procedure codes."""

    client_name: str
    client_name_en: str = ""
    client_uri: str = ""
    application_type: str = "web"
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    grant_types: tuple[str, ...] = ("authorization_code",)
    response_types: tuple[str, ...] = ("code",)
    scope: str = "openid profile"
    token_endpoint_auth_method: str = "client_secret_basic"
    token_endpoint_auth_signing_alg: str = ""
    id_token_signed_response_alg: str = "RS256"
    contacts: tuple[str, ...] = ()
    profile: str = "openid"
    require_pkce: bool = True
    jwks: dict[str, Any] | None = None
    jwks_uri: str = ""
    request_uris: tuple[str, ...] = ()
    request_object_signing_alg: str = ""
    authorization_signed_response_alg: str = ""
    require_pushed_authorization_requests: bool = False
    id_token_encrypted_response_alg: str = ""
    id_token_encrypted_response_enc: str = ""
    userinfo_signed_response_alg: str = ""
    userinfo_encrypted_response_alg: str = ""
    userinfo_encrypted_response_enc: str = ""
    subject_type: str = "public"
    sector_identifier_uri: str = ""
    initiate_login_uri: str = ""
    frontchannel_logout_uri: str = ""
    frontchannel_logout_session_required: bool = False
    backchannel_logout_uri: str = ""
    backchannel_logout_session_required: bool = False
    logo_uri: str = ""
    policy_uri: str = ""
    tos_uri: str = ""
    default_max_age: int | None = None
    require_auth_time: bool = False
    default_acr_values: tuple[str, ...] = ()
    dpop_bound_access_tokens: bool = False
    tls_client_certificate_bound_access_tokens: bool = False
    tls_client_auth_subject_dn: str = ""
    tls_client_auth_san_dns: str = ""
    tls_client_auth_san_uri: str = ""
    tls_client_auth_san_ip: str = ""
    tls_client_auth_san_email: str = ""
    resources: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    exchange_clients: tuple[str, ...] = ()
    service: tuple[str, ...] = ()


COLUMNS = tuple(name for name in ClientMetadata.__dataclass_fields__ if name != "service")
"""The fields that are columns of `relying_party`, in declared order."""


@dataclass(frozen=True)
class Fault:
    """A rule a field breaks: the sentence says what to do, `value` is the part it is about."""

    field: str
    sentence: str
    value: str = ""

    def __str__(self) -> str:
        about = f" ({self.value})" if self.value else ""
        return f"{self.field}{about}: {self.sentence}"


def metadata_of(party: RelyingParty, *, service: tuple[str, ...]) -> ClientMetadata:
    """The stored metadata, with the procedure codes it may name."""
    values = {name: getattr(party, name) for name in COLUMNS}
    for name, value in values.items():
        if isinstance(value, list):
            values[name] = tuple(value)
    return ClientMetadata(**values, service=tuple(sorted(service)))


def column_values(metadata: ClientMetadata) -> dict[str, object]:
    """The values of COLUMNS, as the table holds them."""
    values = {name: getattr(metadata, name) for name in COLUMNS}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


def find_faults(metadata: ClientMetadata, *, issuer: IssuerSettings) -> list[Fault]:
    """Every rule the metadata breaks. Whether the services exist is checked on storing."""
    return [
        *_name_faults(metadata),
        *_choice_faults(metadata),
        *_uri_faults(metadata, issuer),
        *_shown_uri_faults(metadata, issuer),
        *_default_faults(metadata),
        *_consistency_faults(metadata),
        *(Fault(*fault) for fault in find_key_faults(vars(metadata))),
        *(Fault(*fault) for fault in find_response_faults(vars(metadata))),
        *_request_faults(metadata, issuer),
        *(Fault(*broken) for broken in find_broken_rules(metadata.profile, vars(metadata))),
    ]


def _name_faults(metadata: ClientMetadata) -> Iterator[Fault]:
    if not metadata.client_name.strip():
        yield Fault("client_name", "Enter a name: people see it when they sign in.")
    for field in ("client_name", "client_name_en"):
        name = getattr(metadata, field)
        if len(name) > MAX_NAME:
            yield Fault(field, "Use a shorter name: 100 characters at most.")
        elif name and (not name.isprintable() or name != name.strip()):
            yield Fault(field, "Use one line of plain text.")
    for contact in metadata.contacts:
        if not _CONTACT.fullmatch(contact):
            yield Fault("contacts", "Enter an e-mail address, like team@example.gov.vn.", contact)


def _choice_faults(metadata: ClientMetadata) -> Iterator[Fault]:
    choices: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("application_type", APPLICATION_TYPES),
        ("token_endpoint_auth_method", AUTH_METHODS),
        ("token_endpoint_auth_signing_alg", ("", *ALGORITHMS)),
        ("id_token_signed_response_alg", ID_TOKEN_ALGS),
        ("profile", tuple(CLIENT_RULES)),
        ("grant_types", GRANT_TYPES),
        ("response_types", RESPONSE_TYPES),
        ("request_object_signing_alg", ("", *ALGORITHMS)),
        ("authorization_signed_response_alg", ("", *ID_TOKEN_ALGS)),
        ("id_token_encrypted_response_alg", ("", *ENCRYPTION_ALGS)),
        ("id_token_encrypted_response_enc", ("", *ENCRYPTION_ENCS)),
        ("userinfo_signed_response_alg", ("", *ID_TOKEN_ALGS)),
        ("userinfo_encrypted_response_alg", ("", *ENCRYPTION_ALGS)),
        ("userinfo_encrypted_response_enc", ("", *ENCRYPTION_ENCS)),
        ("subject_type", SUBJECT_TYPES),
    )
    for field, allowed in choices:
        value = getattr(metadata, field)
        for item in value if isinstance(value, tuple) else (value,):
            if item not in allowed:
                yield Fault(field, f"Choose from: {', '.join(filter(None, allowed))}.", item)
    scopes = metadata.scope.split()
    if any(not _SCOPE.fullmatch(scope) for scope in scopes) or len(metadata.scope) > 1000:
        yield Fault("scope", "Write scope values separated by single spaces.")
    if any(scope.startswith("service:") for scope in scopes):
        yield Fault("scope", "Name services under `service`, not as scope values.")
    if set(PERSON_GRANTS) & set(metadata.grant_types) and "openid" not in scopes:
        yield Fault("scope", "Include openid: signing people in needs it.")


def _uri_faults(metadata: ClientMetadata, issuer: IssuerSettings) -> Iterator[Fault]:
    for field in ("redirect_uris", "post_logout_redirect_uris"):
        uris = getattr(metadata, field)
        if len(uris) > MAX_URIS or len(set(uris)) < len(uris):
            yield Fault(field, "List each address once, and 20 at most.")
        for uri in uris:
            fault = find_fault(uri, application_type=metadata.application_type, issuer=issuer)
            if fault:
                yield Fault(field, fault, uri[:200])
    for field in ("resources", "audiences"):
        for uri in getattr(metadata, field):
            if fault := find_fault(uri, application_type="web", issuer=issuer):
                yield Fault(field, fault, uri[:200])
        if len(getattr(metadata, field)) > MAX_URIS:
            yield Fault(field, "List each address once, and 20 at most.")
    for field in (
        "client_uri",
        "initiate_login_uri",
        "backchannel_logout_uri",
        "frontchannel_logout_uri",
    ):
        uri = getattr(metadata, field)
        if uri and (fault := find_fault(uri, application_type="web", issuer=issuer)):
            yield Fault(field, fault, uri[:200])
    origins = {origin_of(uri) for uri in metadata.redirect_uris}
    if (uri := metadata.frontchannel_logout_uri) and origin_of(uri) not in origins:
        yield Fault(
            "frontchannel_logout_uri", "Use the scheme, host and port of a redirect URI.", uri[:200]
        )
    if {"authorization_code", IMPLICIT} & set(metadata.grant_types) and not metadata.redirect_uris:
        yield Fault("redirect_uris", "Enter at least one address to return people to.")


def _shown_uri_faults(metadata: ClientMetadata, issuer: IssuerSettings) -> Iterator[Fault]:
    """Addresses that people are offered to open: https, also where the issuer is on loopback."""
    for field in ("logo_uri", "policy_uri", "tos_uri"):
        uri = getattr(metadata, field)
        fault = uri and find_fault(uri, application_type="web", issuer=issuer)
        if fault:
            yield Fault(field, fault, uri[:200])
        elif uri and not uri.startswith("https://"):
            yield Fault(field, "Start with https://.", uri[:200])


def _default_faults(metadata: ClientMetadata) -> Iterator[Fault]:
    """What /authorize takes for a request that does not say (OIDC Registration 2)."""
    age = metadata.default_max_age
    if age is not None and not 0 <= age <= MAX_AGE:
        yield Fault("default_max_age", "Write a number of seconds, 0 or more.")
    acrs = metadata.default_acr_values
    if len(acrs) > MAX_URIS or any(
        not _SCOPE.fullmatch(acr) or len(acr) > MAX_NAME for acr in acrs
    ):
        yield Fault("default_acr_values", "List levels of assurance, like LoA2; 20 at most.")


def _consistency_faults(metadata: ClientMetadata) -> Iterator[Fault]:
    is_public = metadata.token_endpoint_auth_method == "none"
    if is_public and metadata.application_type != "native":
        yield Fault(
            "token_endpoint_auth_method", "Only native applications may go without a secret."
        )
    has_keys = metadata.jwks is not None or bool(metadata.jwks_uri)
    if fault := find_grant_fault(metadata.grant_types, is_public=is_public, has_keys=has_keys):
        yield Fault("grant_types", fault)
    if metadata.exchange_clients and not metadata.audiences:
        yield Fault("exchange_clients", "Name in audiences what tokens are exchanged for.")
    if not metadata.require_pkce and (is_public or metadata.profile != "openid"):
        yield Fault(
            "require_pkce", "Only confidential clients of profile openid may go without PKCE."
        )
    if not metadata.grant_types:
        yield Fault("grant_types", "Name at least one grant type.")


def _request_faults(metadata: ClientMetadata, issuer: IssuerSettings) -> Iterator[Fault]:
    """Addresses that the server fetches; a request URI may end in a fragment (OIDC Core 6.2)."""
    if len(metadata.request_uris) > MAX_URIS:
        yield Fault("request_uris", "List each address once, and 20 at most.")
    fetched = [("request_uris", uri.partition("#")[0]) for uri in metadata.request_uris]
    fetched += [("jwks_uri", metadata.jwks_uri)] if metadata.jwks_uri else []
    if metadata.sector_identifier_uri:
        fetched.append(("sector_identifier_uri", metadata.sector_identifier_uri))
    for field, uri in fetched:
        if fault := find_fault(uri, application_type="web", issuer=issuer):
            yield Fault(field, fault, uri[:200])
    hosts = {urlsplit(uri).hostname for uri in metadata.redirect_uris}
    is_shared = bool(metadata.sector_identifier_uri) or metadata.application_type == "native"
    if metadata.subject_type == "pairwise" and len(hosts) > 1 and not is_shared:
        yield Fault(
            "sector_identifier_uri",
            "Pairwise subjects over several hosts need a sector_identifier_uri.",
        )
