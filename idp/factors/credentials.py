"""What an account proves itself with, as it is read before and after a secret is checked."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, and_, literal, text, update
from sqlalchemy.orm import Session

from idp.assurance.evidence import Trust
from idp.factors.kinds import KINDS, PASSWORD, Kind, with_spares
from idp.factors.models import Authenticator
from idp.kit.crypto import Keyring
from idp.kit.errors import DataAltered
from idp.people.models import PASSWORD_HASH, Person

COLUMNS = """
p.id AS person_id, p.subject_number, p.status, p.proofing, p.credentials_epoch,
p.password_encrypted,
(
    SELECT coalesce(jsonb_object_agg(a.kind, jsonb_build_array(
        a.carries_proofing, a.carries_from)), '{}')
    FROM authenticator AS a
    WHERE a.person_id = p.id AND a.confirmed_at IS NOT NULL AND a.removed_at IS NULL
) AS authenticators
"""
"""What `Credentials` are made of, of a person `p`, for statements that do more besides."""
_FIND = text(f"SELECT {COLUMNS} FROM person AS p WHERE p.id = :person_id")  # noqa: S608 - constants


@dataclass(frozen=True)
class Credentials:
    """How an account proves itself: of a row with COLUMNS."""

    person_id: UUID
    subject_number: int
    status: str
    proofing: int
    credentials_epoch: int
    password_encrypted: bytes | None = field(repr=False)
    authenticators: dict[str, tuple[int, str]]

    def __post_init__(self) -> None:
        """Raise DataAltered where the account has something that nobody could have enrolled."""
        if not self.authenticators.keys() <= KINDS.keys():
            raise DataAltered(f"authenticator.kind of person {self.person_id} is none there is")

    @property
    def held(self) -> tuple[Kind, ...]:
        """The kinds of factors the person has, in the order of the table."""
        return self._kinds(self.authenticators)

    def password_hash(self, keyring: Keyring) -> str | None:
        """What a password is checked against; raises DecryptionFailed for another account's."""
        if self.password_encrypted is None:
            return None
        return PASSWORD_HASH.open(keyring, self.password_encrypted, id=self.person_id)

    def confirmed(self, *, at: datetime) -> tuple[Kind, ...]:
        """Those of them that carry the person's proofing: with these the account is theirs."""
        own = self.authenticators
        carrying = [
            name for name in own if self.trust_in(KINDS[name]).carries(self.proofing, at=at)
        ]
        return self._kinds(carrying)

    def unconfirmed(self, *, at: datetime, shown: Collection[Kind]) -> tuple[Kind, ...]:
        """Those that neither carry it nor were shown now: somebody else may have set them up."""
        theirs = {PASSWORD, *with_spares(shown), *self.confirmed(at=at)}
        return tuple(kind for kind in self.held if kind not in theirs)

    def trust_in(self, kind: Kind) -> Trust:
        """That of what they have of this kind; raises KeyError for what they do not have."""
        proofing, since = self.authenticators[kind.name]
        try:
            return Trust(proofing, datetime.fromisoformat(since))
        except ValueError as error:
            raise DataAltered(f"authenticator.carries_from of person {self.person_id}") from error

    def most_trusted(self, kinds: Collection[Kind]) -> Trust | None:
        """The highest trust, from the earliest on, in any of these; None for none."""
        trusts = (self.trust_in(kind) for kind in kinds)
        return max(trusts, key=lambda one: (one.proofing, -one.since.timestamp()), default=None)

    def _kinds(self, names: Collection[str]) -> tuple[Kind, ...]:
        has_password = self.password_encrypted is not None
        names = {*names, PASSWORD.name} if has_password else names
        return tuple(kind for kind in KINDS.values() if kind.name in names)


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


def is_of(person_id: UUID, kind: Kind, *, is_confirmed: bool = True) -> ColumnElement[bool]:
    """Whether a row is what the person has of that kind, or has not confirmed yet."""
    confirmed_at = Authenticator.confirmed_at
    return and_(
        Authenticator.person_id == person_id,
        Authenticator.kind == kind.name,
        Authenticator.removed_at.is_(None),
        confirmed_at.is_not(None) if is_confirmed else confirmed_at.is_(None),
    )
