"""The port for whoever opens an authorization."""

from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from idp.authorization.decide import Policy
from idp.authorization.refusal import Refusal
from idp.interactions.opening import Credit, Opening
from idp.kit.immutable import immutable
from idp.sessions.lookup import CurrentSession

Answer = TypeVar("Answer")
Answer_co = TypeVar("Answer_co", covariant=True)
"""What an opener answers with: a response to a browser, a row, a message."""


@immutable(kw_only=True)
class Approval:
    """Who approved, and what was found: how surely they are known, and for whom they act."""

    sign_in_id: UUID
    session: CurrentSession
    begun_at: datetime
    acr: str
    mandate_id: UUID | None = None


class Opener(Protocol[Answer_co]):
    """One authorization of one kind. It reads no row before it is asked to issue.

    Of one that may only be refused, `policy` and `opening` are not asked.
    """

    @property
    def credit(self) -> Credit:
        """For whom the sign-in counts, if it does."""

    @property
    def is_silent(self) -> bool:
        """Whether no page may be shown: audit only, never a sign-in begun."""

    @property
    def policy(self) -> Policy:
        """What it demands of whoever signs in."""

    @property
    def opening(self) -> Opening:
        """What an interaction for it keeps."""

    def subject_of(self, person_id: UUID) -> str:
        """The name by which it knows a person."""

    def admit(self, db: Session) -> int:
        """Count a request before it leaves its first row. May raise, when there are too many.

        The how many-th of its source within a minute it is; 0 where nobody counts.
        """

    def issue(self, db: Session, approval: Approval) -> Answer_co | Refusal:
        """Give what was asked for, in the transaction that ends the sign-in.

        A Refusal when there is nothing to give any more: somebody else has had it.
        """

    def refuse(self, db: Session, sign_in_id: UUID, refusal: Refusal) -> Answer_co:
        """Tell whoever asked that they get nothing."""


class Browser(Protocol):
    """The browser a person is in; nobody's where an authorization begins without one."""

    @property
    def session_token(self) -> str | None:
        """What it carries of a session, unverified."""

    @property
    def begun(self) -> CurrentSession | None:
        """The session that this transaction has begun or raised in it; None: look the token up."""

    @property
    def binding(self) -> bytes:
        """The digest by which an interaction belongs to it."""

    def forget_session(self) -> None:
        """The session it speaks of is over."""
