"""The table of interactions."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base


class Interaction(Base, kw_only=True):
    """One sign-in begun. Its id is the journal's `sign_in_id`.

    What is needed: `needed_acr` (with both axes enforced), and authentication newer than
    `authenticate_after`. What the pages found out: who claims to sign in (`person_id`, or
    `identifier_hash` when no account is known; `login_hint_encrypted` is what they typed, or
    what the relying party hinted at), `sid` of the session that did, the
    mandate and consent chosen. `agency_id` and `tier` are the journal's.
    Ended once, by one conditional UPDATE.
    """

    __tablename__ = "interaction"

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    browser_hash: Mapped[bytes]
    return_path: Mapped[str]
    relying_party_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("relying_party.id"), default=None
    )
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("public_service.id"), default=None)
    agency_id: Mapped[UUID | None] = mapped_column(default=None)
    tier: Mapped[str | None] = mapped_column(default=None)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB, default_factory=dict)
    counted: Mapped[bool] = mapped_column(default=False)
    needed_acr: Mapped[str] = mapped_column(default="LoA1")
    needed_authentication: Mapped[int] = mapped_column(SmallInteger, default=1)
    authenticate_after: Mapped[datetime | None] = mapped_column(default=None)
    form_action_origin: Mapped[str] = mapped_column(default="")
    login_hint_encrypted: Mapped[bytes | None] = mapped_column(default=None)
    language: Mapped[str] = mapped_column(default="")
    person_id: Mapped[UUID | None] = mapped_column(default=None)
    identifier_hash: Mapped[bytes | None] = mapped_column(default=None)
    sid: Mapped[UUID | None] = mapped_column(default=None)
    representation_chosen_at: Mapped[datetime | None] = mapped_column(default=None)
    mandate_id: Mapped[UUID | None] = mapped_column(default=None)
    asked_scopes: Mapped[list[str]] = mapped_column(default_factory=list)
    asked_claims: Mapped[list[str]] = mapped_column(default_factory=list)
    consent_decision: Mapped[str | None] = mapped_column(default=None)
    consented_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
