"""What an account proves itself with, as it is read before and after a secret is checked."""

from collections.abc import Collection, Iterable
from dataclasses import field
from datetime import datetime
from functools import cached_property
from typing import Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, and_, literal, text, update
from sqlalchemy.orm import Session

from idp.assurance.evidence import Trust
from idp.factors.kinds import KINDS, PASSWORD, Kind
from idp.factors.models import Authenticator
from idp.kit.crypto import Keyring
from idp.kit.errors import DataAltered
from idp.kit.immutable import immutable
from idp.people.models import PASSWORD_HASH, Person

COLUMNS = """
p.id AS person_id, p.subject_number, p.status, p.proofing, p.credentials_epoch,
p.password_encrypted,
(
    SELECT coalesce(jsonb_agg(jsonb_build_array(
        a.id, a.kind, a.carries_proofing, a.carries_from) ORDER BY a.created_at, a.id), '[]')
    FROM authenticator AS a
    WHERE a.person_id = p.id AND a.confirmed_at IS NOT NULL AND a.removed_at IS NULL
        AND a.locked_at IS NULL AND a.suspended_until IS NULL
) AS authenticators
"""
"""What `Credentials` are made of, of a person `p`, for statements that do more besides."""
_FIND = text(f"SELECT {COLUMNS} FROM person AS p WHERE p.id = :person_id")  # noqa: S608 - constants


class ShownFactor(Protocol):
    """A factor that somebody showed, as far as it is known which: enough of a `Shown`."""

    @property
    def kind(self) -> Kind: ...
    @property
    def factor_id(self) -> UUID | None: ...


@immutable
class Held:
    """An authenticator in use, and how far it speaks for its person's proven identity.

    `model` is that of a hardware key, once its maker has vouched for it and it has just signed.
    """

    id: UUID
    kind: Kind
    trust: Trust
    model: UUID | None = None


def is_shown(shown: Collection[ShownFactor], *, kind: Kind, factor_id: UUID) -> bool:
    """Whether that one is among them: where they do not say which, each of its kind is."""
    return any(one.kind is kind and one.factor_id in (None, factor_id) for one in shown)


def is_theirs(shown: Collection[ShownFactor], *, kind: Kind, factor_id: UUID) -> bool:
    """Whether it is of who showed these: one of them, or a spare, beside a second factor."""
    has_second = any(one.kind is not PASSWORD for one in shown)
    return is_shown(shown, kind=kind, factor_id=factor_id) or (kind.is_spare and has_second)


@immutable
class Credentials:
    """How an account proves itself: of a row with COLUMNS."""

    person_id: UUID
    subject_number: int
    status: str
    proofing: int
    credentials_epoch: int
    password_encrypted: bytes | None = field(repr=False)
    authenticators: list[tuple[str, str, int, str]]

    def __post_init__(self) -> None:
        """Raise DataAltered where the account has something that nobody could have enrolled."""
        if not {kind for _, kind, *_ in self.authenticators} <= KINDS.keys():
            raise DataAltered(f"authenticator.kind of person {self.person_id} is none there is")

    @cached_property
    def factors(self) -> tuple[Held, ...]:
        """What the person has beside the password, the oldest first."""
        return tuple(
            Held(UUID(factor_id), KINDS[kind], self._trust(proofing, since))
            for factor_id, kind, proofing, since in self.authenticators
        )

    @property
    def held(self) -> tuple[Kind, ...]:
        """The kinds of factors the person has, in the order of the table."""
        return self._kinds(kind for _, kind, *_ in self.authenticators)

    def password_hash(self, keyring: Keyring) -> str | None:
        """What a password is checked against; raises DecryptionFailed for another account's."""
        if self.password_encrypted is None:
            return None
        return PASSWORD_HASH.open(keyring, self.password_encrypted, id=self.person_id)

    def confirmed(self, *, at: datetime) -> tuple[Kind, ...]:
        """Those of them that carry the person's proofing: with these the account is theirs."""
        return self._kinds(one.kind.name for one in self.factors if self.is_carried(one, at=at))

    def is_carried(self, factor: Held, *, at: datetime) -> bool:
        """Whether that one carries the person's proofing."""
        return factor.trust.carries(self.proofing, at=at)

    def unconfirmed(self, *, at: datetime, shown: Collection[ShownFactor]) -> tuple[Held, ...]:
        """What neither carries it nor was shown now: somebody else may have set it up."""
        return tuple(
            one
            for one in self.factors
            if not self.is_carried(one, at=at)
            and not is_theirs(shown, kind=one.kind, factor_id=one.id)
        )

    def shown(self, shown: Collection[ShownFactor]) -> tuple[Held, ...]:
        """Which of the person's are among these."""
        return tuple(
            one for one in self.factors if is_shown(shown, kind=one.kind, factor_id=one.id)
        )

    def trust_in(self, kind: Kind) -> Trust:
        """The most there is in one of this kind; raises KeyError for what they do not have."""
        trust = most_trusted([one for one in self.factors if one.kind is kind])
        if trust is None:
            raise KeyError(kind.name)
        return trust

    def _trust(self, proofing: int, since: str) -> Trust:
        try:
            return Trust(proofing, datetime.fromisoformat(since))
        except ValueError as error:
            raise DataAltered(f"authenticator.carries_from of person {self.person_id}") from error

    def _kinds(self, names: Iterable[str]) -> tuple[Kind, ...]:
        has_password = self.password_encrypted is not None
        known = {*names, PASSWORD.name} if has_password else {*names}
        return tuple(kind for kind in KINDS.values() if kind.name in known)


def most_trusted(factors: Collection[Held]) -> Trust | None:
    """The highest trust, from the earliest on, in any of these; None for none."""
    trusts = (one.trust for one in factors)
    return max(trusts, key=lambda one: (one.proofing, -one.since.timestamp()), default=None)


def read_credentials(db: Session, *, person_id: UUID) -> Credentials:
    """What the person has, whatever the account's status; raises for nobody. One statement."""
    return Credentials(*db.execute(_FIND, {"person_id": person_id}).one())


def keep_rehashed(
    db: Session, credentials: Credentials, *, keyring: Keyring, new_hash: str
) -> None:
    """Put the same password's newer hash in place, unless the password changed meanwhile."""
    as_read = literal(credentials.password_encrypted, LargeBinary())
    is_same = Person.password_encrypted == as_read
    sealed = PASSWORD_HASH.seal(keyring, new_hash, id=credentials.person_id)
    db.execute(
        update(Person)
        .where(Person.id == credentials.person_id, is_same)
        .values(password_encrypted=sealed)
        .execution_options(synchronize_session=False)
    )


def is_of(
    person_id: UUID, kind: Kind, *, is_confirmed: bool = True, lost_at: datetime | None = None
) -> ColumnElement[bool]:
    """Whether a row is of that kind, the person's and in use, or not confirmed yet.

    Or, not in use, one of those that a recovery set aside at `lost_at`.
    """
    confirmed_at, suspended_until = Authenticator.confirmed_at, Authenticator.suspended_until
    return and_(
        Authenticator.person_id == person_id,
        Authenticator.kind == kind.name,
        Authenticator.removed_at.is_(None),
        Authenticator.locked_at.is_(None),
        suspended_until.is_(None) if lost_at is None else Authenticator.lost_at == lost_at,
        confirmed_at.is_not(None) if is_confirmed else confirmed_at.is_(None),
    )


def is_had(person_id: UUID) -> ColumnElement[bool]:
    """Whether a row is the person's, in use or not, and not set aside by a recovery (`lost`)."""
    return and_(
        Authenticator.person_id == person_id,
        Authenticator.confirmed_at.is_not(None),
        Authenticator.removed_at.is_(None),
        Authenticator.lost_at.is_(None),
    )
