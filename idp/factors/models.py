"""Tables of what people authenticate with beside their password, and of their failures to."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from idp.kit.db import Base, table_of
from idp.kit.sealed import Sealed, SealedColumn


class Authenticator(Base, kw_only=True):
    """Something of one kind that a person has, by the `name` they gave it, if they gave it one.

    It counts while it is confirmed, and neither locked by its person, nor suspended, nor removed:
    what is suspended until an instant can be had back until then. What a recovery set aside at
    `lost_at` serves until then for one thing, to take the account back. An unconfirmed row is an
    enrolment under way, its secret what is displayed. `added_by` is whose word it rests on, and
    `seen_at` when an official last saw that its person has it. An app's own are the secret and
    `last_step`, the newest time step accepted: a code works once. A set of recovery codes has its
    rows. A passkey's secret is what was made (`NewCredential`); a row beside it finds it. Its
    `Trust` is in `carries_proofing` and `carries_from`.
    """

    __tablename__ = "authenticator"
    __table_args__ = (
        Index(
            "ix_authenticator_pending",
            "created_at",
            postgresql_where=text("confirmed_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    added_by: Mapped[str] = mapped_column(default="self")
    secret_encrypted: Mapped[bytes | None] = mapped_column(Sealed(), default=None)
    last_step: Mapped[int] = mapped_column(default=0)
    carries_proofing: Mapped[int] = mapped_column(SmallInteger)
    carries_from: Mapped[datetime]
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None] = mapped_column(default=None)
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)
    locked_at: Mapped[datetime | None] = mapped_column(default=None)
    suspended_until: Mapped[datetime | None] = mapped_column(default=None)
    lost_at: Mapped[datetime | None] = mapped_column(default=None)
    removed_at: Mapped[datetime | None] = mapped_column(default=None)
    codes: Mapped[list["RecoveryCode"]] = relationship(default_factory=list, lazy="raise")
    passkey: Mapped["Passkey | None"] = relationship(default=None, lazy="raise")


class RecoveryCode(Base, kw_only=True):
    """One code of a set: a keyed hash, bound to its person, and when it was used."""

    __tablename__ = "recovery_code"

    authenticator_id: Mapped[UUID] = mapped_column(
        ForeignKey("authenticator.id"), primary_key=True, init=False
    )
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class Passkey(Base, kw_only=True):
    """What finds a passkey by the id that a browser names, and the highest count it has told.

    The hash of the id is keyed, and nobody's twice. `rp_id` is for whom browsers keep it.
    """

    __tablename__ = "passkey"

    authenticator_id: Mapped[UUID] = mapped_column(
        ForeignKey("authenticator.id"), primary_key=True, init=False
    )
    credential_hash: Mapped[bytes] = mapped_column(unique=True)
    rp_id: Mapped[str] = mapped_column(index=True)
    sign_count: Mapped[int]


class PasskeyOffer(Base, kw_only=True):
    """When somebody who has none was last offered one; `is_unwanted`: they want no such offers."""

    __tablename__ = "passkey_offer"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    offered_at: Mapped[datetime]
    is_unwanted: Mapped[bool]


APP_SECRET = SealedColumn(table_of(Authenticator).c.secret_encrypted)


class FailureCounter(Base, kw_only=True):
    """Failures of one account (or of one unknown identifier) at one factor, or of a known device.

    They decay one by one until `clears_at`.
    """

    __tablename__ = "failure_counter"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    clears_at: Mapped[datetime] = mapped_column(index=True)
    blocked_until: Mapped[datetime]


class KnownDevice(Base, kw_only=True):
    """A browser in which a person signed in with all they have, while the epoch is theirs."""

    __tablename__ = "known_device"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    secret_hash: Mapped[bytes] = mapped_column(primary_key=True, index=True)
    credentials_epoch: Mapped[int]
    used_at: Mapped[datetime] = mapped_column(index=True)
