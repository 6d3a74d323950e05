"""The metadata of a client as it is stored, and the rules it must follow."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from idp.relying_parties.client_fields import COLUMNS, FIELDS, ClientMetadata
from idp.relying_parties.field_kinds import MOST, Fault, kept
from idp.relying_parties.grant_types import PERSON_GRANTS, REDIRECT_GRANTS, find_grant_fault
from idp.relying_parties.key_rules import find_key_faults
from idp.relying_parties.models import RelyingParty
from idp.relying_parties.profiles import find_broken_rules
from idp.relying_parties.redirect_uris import origin_of
from idp.relying_parties.response_types import find_response_faults
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


def find_faults(metadata: ClientMetadata, *, issuer: IssuerSettings) -> list[Fault]:
    """Every rule the metadata breaks. Whether the services exist is checked on storing."""
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
        *(Fault(*fault) for fault in find_key_faults(vars(metadata))),
        *(Fault(*fault) for fault in find_response_faults(vars(metadata))),
        *(Fault(*broken) for broken in find_broken_rules(metadata.profile, vars(metadata))),
    ]


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
    if set(PERSON_GRANTS) & set(metadata.grant_types) and "openid" not in scopes:
        yield Fault("scope", "Include openid: signing people in needs it.")


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
    if fault := find_grant_fault(
        metadata.grant_types, is_public=metadata.is_public, has_keys=metadata.has_keys
    ):
        yield Fault("grant_types", fault)
    if len(metadata.default_acr_values) > MOST:
        yield Fault("default_acr_values", "List levels of assurance, like LoA2; 20 at most.")
    if metadata.exchange_clients and not metadata.audiences:
        yield Fault("exchange_clients", "Name in audiences what tokens are exchanged for.")
    if not metadata.require_pkce and (metadata.is_public or metadata.profile != "openid"):
        yield Fault(
            "require_pkce", "Only confidential clients of profile openid may go without PKCE."
        )
