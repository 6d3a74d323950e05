"""Tables of relying parties."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, ForeignKey, Index, PrimaryKeyConstraint, Uuid, false
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base
from idp.kit.languages import name_in
from idp.relying_parties.auth_methods import SECRET_METHODS


class Environment(StrEnum):
    """Sandbox traffic is never counted."""

    SANDBOX = "sandbox"
    PRODUCTION = "production"


class RelyingPartyState(StrEnum):
    """A relying party's way to production. Sandbox ones go live at once."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    LIVE = "live"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class RelyingParty(Base, kw_only=True):
    """An OpenID Connect client of a system. Metadata names follow RFC 7591.

    A production party made from a sandbox one names it in `sandbox_id`. `proposed` holds what
    agency staff want to change of a live production party's metadata, until an operator agrees.
    `authored_by_ids` are the people who registered, wrote or submitted what waits for an operator.
    `client_secret_at` is when the secret was made, whatever else was changed since.
    `registration_token_hash` is set for one that registered itself and may change itself. What was
    granted to it until `suspended_at` is over, though it may be live again. `logo_hash` is of the
    picture behind `logo_uri`, once it was fetched (`RelyingPartyLogo`).
    """

    __tablename__ = "relying_party"
    __table_args__ = (Index("ix_relying_party_audiences", "audiences", postgresql_using="gin"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    client_id: Mapped[str] = mapped_column(unique=True)
    system_id: Mapped[UUID] = mapped_column(ForeignKey("information_system.id"), index=True)
    default_service_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("public_service.id"), default=None
    )
    environment: Mapped[Environment] = mapped_column(default=Environment.SANDBOX)
    state: Mapped[RelyingPartyState] = mapped_column(default=RelyingPartyState.DRAFT)
    profile: Mapped[str] = mapped_column(default="openid")
    require_pkce: Mapped[bool] = mapped_column(default=True)
    client_name: Mapped[str]
    client_name_en: Mapped[str] = mapped_column(default="")
    purpose_vi: Mapped[str] = mapped_column(default="", server_default="")
    purpose_en: Mapped[str] = mapped_column(default="", server_default="")
    needed_claims: Mapped[list[str]] = mapped_column(default_factory=list, server_default="{}")
    claim_purposes_vi: Mapped[list[str]] = mapped_column(default_factory=list, server_default="{}")
    claim_purposes_en: Mapped[list[str]] = mapped_column(default_factory=list, server_default="{}")
    client_uri: Mapped[str] = mapped_column(default="")
    application_type: Mapped[str] = mapped_column(default="web")
    redirect_uris: Mapped[list[str]] = mapped_column(default_factory=list)
    post_logout_redirect_uris: Mapped[list[str]] = mapped_column(default_factory=list)
    grant_types: Mapped[list[str]] = mapped_column(default_factory=lambda: ["authorization_code"])
    response_types: Mapped[list[str]] = mapped_column(default_factory=lambda: ["code"])
    scope: Mapped[str] = mapped_column(default="openid profile")
    token_endpoint_auth_method: Mapped[str] = mapped_column(default="client_secret_basic")
    require_auth_method: Mapped[bool] = mapped_column(default=False, server_default=false())
    claims_in_id_token: Mapped[bool] = mapped_column(default=False, server_default=false())
    token_endpoint_auth_signing_alg: Mapped[str] = mapped_column(default="", server_default="")
    id_token_signed_response_alg: Mapped[str] = mapped_column(default="RS256")
    jwks: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), default=None)
    jwks_uri: Mapped[str] = mapped_column(default="", server_default="")
    request_uris: Mapped[list[str]] = mapped_column(default_factory=list, server_default="{}")
    request_object_signing_alg: Mapped[str] = mapped_column(default="", server_default="")
    authorization_signed_response_alg: Mapped[str] = mapped_column(default="", server_default="")
    require_pushed_authorization_requests: Mapped[bool] = mapped_column(
        default=False, server_default="false"
    )
    id_token_encrypted_response_alg: Mapped[str] = mapped_column(default="", server_default="")
    id_token_encrypted_response_enc: Mapped[str] = mapped_column(default="", server_default="")
    userinfo_signed_response_alg: Mapped[str] = mapped_column(default="", server_default="")
    userinfo_encrypted_response_alg: Mapped[str] = mapped_column(default="", server_default="")
    userinfo_encrypted_response_enc: Mapped[str] = mapped_column(default="", server_default="")
    sector_identifier_uri: Mapped[str] = mapped_column(default="", server_default="")
    resources: Mapped[list[str]] = mapped_column(default_factory=list, server_default="{}")
    audiences: Mapped[list[str]] = mapped_column(default_factory=list, server_default="{}")
    exchange_clients: Mapped[list[str]] = mapped_column(default_factory=list, server_default="{}")
    initiate_login_uri: Mapped[str] = mapped_column(default="", server_default="")
    logo_uri: Mapped[str] = mapped_column(default="", server_default="")
    logo_hash: Mapped[bytes | None] = mapped_column(default=None)
    policy_uri: Mapped[str] = mapped_column(default="", server_default="")
    tos_uri: Mapped[str] = mapped_column(default="", server_default="")
    help_uri: Mapped[str] = mapped_column(default="", server_default="")
    default_max_age: Mapped[int | None] = mapped_column(default=None)
    require_auth_time: Mapped[bool] = mapped_column(default=False, server_default="false")
    default_acr_values: Mapped[list[str]] = mapped_column(default_factory=list, server_default="{}")
    backchannel_logout_uri: Mapped[str] = mapped_column(default="", server_default="")
    backchannel_logout_session_required: Mapped[bool] = mapped_column(
        default=False, server_default="false"
    )
    frontchannel_logout_uri: Mapped[str] = mapped_column(default="", server_default="")
    frontchannel_logout_session_required: Mapped[bool] = mapped_column(
        default=False, server_default=false()
    )
    subject_type: Mapped[str] = mapped_column(default="public", server_default="public")
    dpop_bound_access_tokens: Mapped[bool] = mapped_column(default=False, server_default=false())
    tls_client_certificate_bound_access_tokens: Mapped[bool] = mapped_column(
        default=False, server_default=false()
    )
    tls_client_auth_subject_dn: Mapped[str] = mapped_column(default="", server_default="")
    tls_client_auth_san_dns: Mapped[str] = mapped_column(default="", server_default="")
    tls_client_auth_san_uri: Mapped[str] = mapped_column(default="", server_default="")
    tls_client_auth_san_ip: Mapped[str] = mapped_column(default="", server_default="")
    tls_client_auth_san_email: Mapped[str] = mapped_column(default="", server_default="")
    contacts: Mapped[list[str]] = mapped_column(default_factory=list)
    client_secret_hash: Mapped[bytes | None] = mapped_column(default=None)
    client_secret_at: Mapped[datetime | None] = mapped_column(default=None)
    registration_token_hash: Mapped[bytes | None] = mapped_column(default=None)
    sandbox_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("relying_party.id"), unique=True, default=None
    )
    proposed: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True), default=None)
    review_note: Mapped[str] = mapped_column(default="")
    authored_by_ids: Mapped[list[UUID]] = mapped_column(
        ARRAY(Uuid), default_factory=list, server_default="{}"
    )
    created_by_person_id: Mapped[UUID | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None] = mapped_column(default=None)
    approved_at: Mapped[datetime | None] = mapped_column(default=None)
    suspended_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def uses_secret(self) -> bool:
        """Whether it authenticates by a client secret."""
        return self.token_endpoint_auth_method in SECRET_METHODS

    def name(self, language: str) -> str:
        """The name in a language."""
        return name_in(language, vietnamese=self.client_name, english=self.client_name_en)


class RelyingPartyService(Base, kw_only=True):
    """Which services a relying party may name by the scope value `service:<procedure code>`."""

    __tablename__ = "relying_party_service"
    __table_args__ = (PrimaryKeyConstraint("relying_party_id", "service_id"),)

    relying_party_id: Mapped[UUID] = mapped_column(ForeignKey("relying_party.id"))
    service_id: Mapped[UUID] = mapped_column(ForeignKey("public_service.id"), index=True)


class RelyingPartyLogo(Base, kw_only=True):
    """The picture behind a relying party's `logo_uri`, as we made a PNG of it."""

    __tablename__ = "relying_party_logo"

    relying_party_id: Mapped[UUID] = mapped_column(ForeignKey("relying_party.id"), primary_key=True)
    picture_hash: Mapped[bytes] = mapped_column(index=True)
    picture: Mapped[bytes]


class InitialAccessToken(Base, kw_only=True):
    """Lets software register itself as a sandbox client of one system, so many times (RFC 7591)."""

    __tablename__ = "initial_access_token"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    system_id: Mapped[UUID] = mapped_column(ForeignKey("information_system.id"), index=True)
    uses_left: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    created_by_person_id: Mapped[UUID | None] = mapped_column(default=None)


class HostTenure(Base, kw_only=True):
    """That applications of an agency were approved at a host, until `last_at` at least.

    A row stays when they leave: pairwise subjects of the host stay those that the agency knew.
    """

    __tablename__ = "host_tenure"
    __table_args__ = (PrimaryKeyConstraint("host", "agency_id"),)

    host: Mapped[str]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    last_at: Mapped[datetime]
