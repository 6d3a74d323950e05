"""The view of staff: the posts a person holds, at an agency or with the operator, and their rights.

Ask the functions at the end what posts allow; never compare roles elsewhere.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from idp.catalogue.models import Agency
from idp.kit.immutable import immutable
from idp.kit.languages import name_in
from idp.mandates.live import is_post_given, is_post_held
from idp.mandates.models import Mandate
from idp.mandates.operators import deciders
from idp.mandates.roles import REVIEWING, ROLES, StaffRole
from idp.people.models import Person


@immutable
class Post:
    """A post held; an operator's has no agency."""

    id: UUID
    role: StaffRole
    agency_id: UUID | None
    agency_code: str
    agency_name_vi: str
    agency_name_en: str

    def agency_name(self, language: str) -> str:
        """The agency's name in a language."""
        return name_in(language, vietnamese=self.agency_name_vi, english=self.agency_name_en)


_GIVEN = (
    select(
        Mandate.id,
        Mandate.role,
        Mandate.agency_id,
        *(func.coalesce(name, "") for name in (Agency.code, Agency.name_vi, Agency.name_en)),
    )
    .outerjoin(Agency, Agency.id == Mandate.agency_id)
    .where(Mandate.person_id == bindparam("person_id", type_=Uuid()))
    .order_by(Mandate.role, Agency.code)
)
_HELD = _GIVEN.where(is_post_held())
_WAITING = _GIVEN.where(is_post_given(), Mandate.waits_since.is_not(None))


def find_posts(db: Session, *, person_id: UUID, on: date) -> list[Post]:
    """The posts of a person that work on that day, at agencies that exist on it. One statement."""
    return _read(db, _HELD, person_id, on)


def find_waiting_posts(db: Session, *, person_id: UUID, on: date) -> list[Post]:
    """Those that wait until operators agree, and allow nothing yet."""
    return _read(db, _WAITING, person_id, on)


def _read(db: Session, posts: Select[*tuple[Any, ...]], person_id: UUID, on: date) -> list[Post]:
    rows = db.execute(posts, {"person_id": person_id, "today": on})
    return [Post(post_id, StaffRole(role), *agency) for post_id, role, *agency in rows]


def managed_agency_ids(posts: Iterable[Post]) -> frozenset[UUID]:
    """The agencies whose systems and relying parties these posts let a person manage."""
    return frozenset(
        post.agency_id for post in posts if ROLES[post.role].manages_parties and post.agency_id
    )


def may_use_portal(posts: Iterable[Post]) -> bool:
    """Whether the agency portal is open: owners and developers of an agency."""
    return bool(managed_agency_ids(posts))


def may_manage_agency(posts: Iterable[Post], *, agency_id: UUID) -> bool:
    """Whether the agency's relying parties may be registered and changed."""
    return agency_id in managed_agency_ids(posts)


def is_manager(
    person_id: ColumnElement[UUID] | InstrumentedAttribute[UUID], agency_id: ColumnElement[UUID]
) -> ColumnElement[bool]:
    """`may_manage_agency` within another statement, whose parameter `today` is the day."""
    roles = [role for role, rule in ROLES.items() if rule.manages_parties]
    held = select(true()).select_from(Mandate).join(Agency, Agency.id == Mandate.agency_id)
    of_them = (Mandate.person_id == person_id, Mandate.agency_id == agency_id)
    return exists(held.where(*of_them, is_post_held(), or_(*(Mandate.role == r for r in roles))))


def may_submit(posts: Iterable[Post], *, agency_id: UUID) -> bool:
    """Whether what the agency wants in production may be submitted, and its secrets made there."""
    return any(ROLES[p.role].submits_parties for p in posts if p.agency_id == agency_id)


def may_review(posts: Iterable[Post]) -> bool:
    """Whether production requests may be approved or sent back, and parties suspended."""
    return any(ROLES[post.role].reviews_parties for post in posts)


def may_decide(db: Session, *, person_id: UUID, agency_id: UUID | None, on: date) -> bool:
    """Whether somebody decides about that agency's matters, as `deciders` do. One statement."""
    deciding = deciders(agency_id).where(Person.id == person_id)
    return db.scalar(deciding, {"today": on}) is not None


def has_reviewers(db: Session, *, on: date) -> bool:
    """Whether anybody has a post to review on that day, be it one that waits.

    The first operator is appointed by nobody.
    """
    held = select(Mandate.id).outerjoin(Agency, Agency.id == Mandate.agency_id)
    held = held.where(Mandate.role.in_(REVIEWING), is_post_given())
    return db.scalar(held.limit(1), {"today": on}) is not None


def may_return_numbers(posts: Iterable[Post]) -> bool:
    """Whether people may be proven and given their number back."""
    return any(ROLES[post.role].returns_numbers for post in posts)
