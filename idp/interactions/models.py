"""The table of interactions, and what a row says is needed."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base, table_of
from idp.kit.immutable import immutable
from idp.kit.sealed import Sealed, SealedColumn


@immutable(kw_only=True)
class Needs:
    """How surely the person must be known: a level, both its axes, and since when."""

    acr: str = "LoA1"
    proofing: int = 0
    authentication: int = 1
    authenticate_after: datetime | None = None

    def columns(self) -> dict[str, Any]:
        """As the table holds them."""
        return {
            "needed_acr": self.acr,
            "needed_proofing": self.proofing,
            "needed_authentication": self.authentication,
            "authenticate_after": self.authenticate_after,
        }


class Interaction(Base, kw_only=True):
    """One sign-in begun. Its id is the journal's `sign_in_id`.

    What its opener said: `Opening`, and what is needed now: `Needs`. What the pages found out: who
    claims to sign in (`person_id`, or `identifier_hash` when no account is known;
    `login_hint_encrypted` is what they typed, or what the relying party hinted at), `sid` of the
    session that did, the mandate and consent chosen, who was told that signing in cannot
    reach the level, or that the application is closed to them (`unmet_shown_to`). Only the opener
    reads `parameters`. Passkeys answer what comes of `challenge` (`interactions.challenges`). Which
    form its browser sent last, and the answer to it: `interactions.sent`. Ended once, by one
    conditional UPDATE.
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
    client_id: Mapped[str] = mapped_column(default="")
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB, default_factory=dict)
    counted: Mapped[bool] = mapped_column(default=False)
    needed_acr: Mapped[str] = mapped_column(default="LoA1")
    needed_proofing: Mapped[int] = mapped_column(SmallInteger, default=0)
    needed_authentication: Mapped[int] = mapped_column(SmallInteger, default=1)
    authenticate_after: Mapped[datetime | None] = mapped_column(default=None)
    form_action_origin: Mapped[str] = mapped_column(default="")
    post_logout_uri: Mapped[str] = mapped_column(default="")
    login_hint_encrypted: Mapped[bytes | None] = mapped_column(Sealed(), default=None)
    person_id: Mapped[UUID | None] = mapped_column(default=None)
    identifier_hash: Mapped[bytes | None] = mapped_column(default=None)
    sid: Mapped[UUID | None] = mapped_column(default=None)
    representation_chosen_at: Mapped[datetime | None] = mapped_column(default=None)
    mandate_id: Mapped[UUID | None] = mapped_column(default=None)
    asked_scopes: Mapped[list[str]] = mapped_column(default_factory=list)
    asked_claims: Mapped[list[str]] = mapped_column(default_factory=list)
    needed_claims: Mapped[list[str]] = mapped_column(default_factory=list, server_default="{}")
    resources: Mapped[list[str]] = mapped_column(default_factory=list)
    device_code: Mapped[str] = mapped_column(default="")
    device_asked_at: Mapped[datetime | None] = mapped_column(default=None)
    device_class: Mapped[str] = mapped_column(default="", server_default="")
    language: Mapped[str] = mapped_column(default="", server_default="")
    consent_decision: Mapped[str | None] = mapped_column(default=None)
    consented_at: Mapped[datetime | None] = mapped_column(default=None)
    unmet_shown_to: Mapped[UUID | None] = mapped_column(default=None)
    sent_hash: Mapped[bytes | None] = mapped_column(default=None)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    answer: Mapped[bytes | None] = mapped_column(default=None)
    challenge: Mapped[bytes | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)

    @property
    def needs(self) -> Needs:
        """How surely the person must be known."""
        return Needs(
            acr=self.needed_acr,
            proofing=self.needed_proofing,
            authentication=self.needed_authentication,
            authenticate_after=self.authenticate_after,
        )


class SentForm(Base, kw_only=True):
    """The form that somebody signed in sent last from a browser, and the answer to it.

    On a sign-in's way it stands in the interaction.
    """

    __tablename__ = "sent_form"

    browser_hash: Mapped[bytes] = mapped_column(primary_key=True)
    sent_hash: Mapped[bytes]
    sent_at: Mapped[datetime] = mapped_column(index=True)
    answer: Mapped[bytes | None] = mapped_column(default=None)


@immutable(kw_only=True)
class Answered:
    """A form, and the answer to it, sealed for whoever sends that form again."""

    sent_hash: bytes
    answer: bytes


LOGIN_HINT = SealedColumn(table_of(Interaction).c.login_hint_encrypted)
