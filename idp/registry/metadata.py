"""What an agency says about its client, and the rules it must follow. Names follow RFC 7591."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from idp.registry.models import RelyingParty
from idp.registry.redirect_uris import find_fault
from idp.settings import IssuerSettings

GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")
RESPONSE_TYPES = ("code",)
AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
ID_TOKEN_ALGS = ("RS256", "ES256")
APPLICATION_TYPES = ("web", "native")
PROFILES = ("openid",)
MAX_URIS = 20
MAX_NAME = 100

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
    id_token_signed_response_alg: str = "RS256"
    contacts: tuple[str, ...] = ()
    profile: str = "openid"
    require_pkce: bool = True
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
        *_consistency_faults(metadata),
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
        ("id_token_signed_response_alg", ID_TOKEN_ALGS),
        ("profile", PROFILES),
        ("grant_types", GRANT_TYPES),
        ("response_types", RESPONSE_TYPES),
    )
    for field, allowed in choices:
        value = getattr(metadata, field)
        for item in value if isinstance(value, tuple) else (value,):
            if item not in allowed:
                yield Fault(field, f"Choose from: {', '.join(allowed)}.", item)
    scopes = metadata.scope.split()
    if any(not _SCOPE.fullmatch(scope) for scope in scopes) or len(metadata.scope) > 1000:
        yield Fault("scope", "Write scope values separated by single spaces.")
    if any(scope.startswith("service:") for scope in scopes):
        yield Fault("scope", "Name services under `service`, not as scope values.")
    if "authorization_code" in metadata.grant_types and "openid" not in scopes:
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
    if metadata.client_uri:
        fault = find_fault(metadata.client_uri, application_type="web", issuer=issuer)
        if fault:
            yield Fault("client_uri", fault, metadata.client_uri[:200])
    if "authorization_code" in metadata.grant_types and not metadata.redirect_uris:
        yield Fault("redirect_uris", "Enter at least one address to return people to.")


def _consistency_faults(metadata: ClientMetadata) -> Iterator[Fault]:
    is_public = metadata.token_endpoint_auth_method == "none"
    if is_public and metadata.application_type != "native":
        yield Fault(
            "token_endpoint_auth_method", "Only native applications may go without a secret."
        )
    if is_public and "client_credentials" in metadata.grant_types:
        yield Fault("grant_types", "client_credentials needs a client with a secret.")
    if not metadata.require_pkce and (is_public or metadata.profile != "openid"):
        yield Fault(
            "require_pkce", "Only confidential clients of profile openid may go without PKCE."
        )
    if not metadata.grant_types:
        yield Fault("grant_types", "Name at least one grant type.")
    if "authorization_code" in metadata.grant_types and "code" not in metadata.response_types:
        yield Fault("response_types", "The authorization_code grant needs the response type code.")
