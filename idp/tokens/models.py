"""Tables of codes, grants and refresh tokens."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, false
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base, table_of
from idp.kit.sealed import Sealed, SealedColumn


class Grant(Base, kw_only=True):
    """What a person allowed a relying party at one sign-in; the family of its tokens.

    Made when the sign-in ends. Revoking it kills every token that came of it. `mandate_id` names
    the mandate under which the person acted for an organization; null: they acted as themselves.
    `authenticated_at` is what the relying party is told of when they signed in, if it asked.
    """

    __tablename__ = "token_grant"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    sign_in_id: Mapped[UUID]
    relying_party_id: Mapped[UUID] = mapped_column(ForeignKey("relying_party.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    credentials_epoch: Mapped[int]
    sid: Mapped[UUID] = mapped_column(ForeignKey("sign_in_session.sid"), index=True)
    mandate_id: Mapped[UUID | None] = mapped_column(ForeignKey("mandate.id"), default=None)
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("public_service.id"), default=None)
    scope: Mapped[str]
    claims: Mapped[dict[str, Any]] = mapped_column(JSONB, default_factory=dict)
    resources: Mapped[list[str]] = mapped_column(default_factory=list, server_default="{}")
    acr: Mapped[str]
    amr: Mapped[list[str]]
    authenticated_at: Mapped[datetime | None] = mapped_column(default=None)
    is_offline: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class AuthorizationCode(Base, kw_only=True):
    """A code: bound to its client, redirect URI, PKCE challenge and DPoP key; spent once."""

    __tablename__ = "authorization_code"

    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(ForeignKey("token_grant.id"), index=True)
    client_id: Mapped[str]
    redirect_uri: Mapped[str]
    code_challenge: Mapped[str] = mapped_column(default="")
    nonce: Mapped[str] = mapped_column(default="")
    dpop_jkt: Mapped[str] = mapped_column(default="", server_default="")
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class PushedRequest(Base, kw_only=True):
    """An authorization request pushed by its client (RFC 9126); spent when it gets its code.

    The parameters may hold a citizen number in `login_hint`, and are encrypted as a whole.
    """

    __tablename__ = "pushed_request"

    handle_hash: Mapped[bytes] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    parameters_encrypted: Mapped[bytes] = mapped_column(Sealed())
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None] = mapped_column(default=None)


PUSHED_PARAMETERS = SealedColumn(table_of(PushedRequest).c.parameters_encrypted)


class DeviceRequest(Base, kw_only=True):
    """A device that asks for someone to sign in at it (RFC 8628); spent when it gets its tokens.

    The device finds it by `device_hash`; whoever types the code shown there, by `user_hash`. It is
    claimed once: by the sign-in begun with that code (an interaction), then by the person who is
    shown what is asked. `decision` is `allow`, with its grant, or `deny`. `poll_every` grows each
    time the device polls too early; `is_early` says that it just did.
    """

    __tablename__ = "device_request"
    __table_args__ = (Index("ix_device_request_client_id", "client_id", "expires_at"),)

    device_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_hash: Mapped[bytes] = mapped_column(unique=True)
    client_id: Mapped[str]
    source_hash: Mapped[bytes]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB, default_factory=dict)
    poll_every: Mapped[timedelta]
    polled_at: Mapped[datetime | None] = mapped_column(default=None)
    is_early: Mapped[bool] = mapped_column(default=False, server_default=false())
    interaction_id: Mapped[UUID | None] = mapped_column(unique=True, default=None)
    person_id: Mapped[UUID | None] = mapped_column(default=None)
    decision: Mapped[str | None] = mapped_column(default=None)
    grant_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("token_grant.id"), index=True, default=None
    )
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class RefreshToken(Base, kw_only=True):
    """One generation of a refresh token; used once, its reuse revokes the grant.

    A public client's is bound to the key or certificate its access tokens are bound to.
    """

    __tablename__ = "refresh_token"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(ForeignKey("token_grant.id"), index=True)
    generation: Mapped[int] = mapped_column(default=1)
    bound_to: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class RevokedAccessToken(Base, kw_only=True):
    """An access token that its client revoked; kept until it would have expired."""

    __tablename__ = "revoked_access_token"

    token_id: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class UsedId(Base, kw_only=True):
    """The `jti` of a client's assertion or proof that was presented; kept until that expires."""

    __tablename__ = "used_id"

    scope: Mapped[str] = mapped_column(primary_key=True)
    jti_hash: Mapped[bytes] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
