"""The view of staff: the posts a person holds, at an agency or with the operator, and their rights.

Ask the functions at the end what posts allow; never compare roles elsewhere.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency
from idp.kit.languages import name_in
from idp.mandates.live import is_post_held
from idp.mandates.models import Mandate
from idp.mandates.roles import ROLES, StaffRole


@dataclass(frozen=True)
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


_HELD = (
    select(
        Mandate.id,
        Mandate.role,
        Mandate.agency_id,
        *(func.coalesce(name, "") for name in (Agency.code, Agency.name_vi, Agency.name_en)),
    )
    .outerjoin(Agency, Agency.id == Mandate.agency_id)
    .where(Mandate.person_id == bindparam("person_id", type_=Uuid()), is_post_held())
    .order_by(Mandate.role, Agency.code)
)


def find_posts(db: Session, *, person_id: UUID, on: date) -> list[Post]:
    """The posts a person holds on that day, at agencies that exist on it. One statement."""
    rows = db.execute(_HELD, {"person_id": person_id, "today": on})
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


def may_submit(posts: Iterable[Post], *, agency_id: UUID) -> bool:
    """Whether what the agency wants in production may be submitted, and its secrets made there."""
    return any(ROLES[p.role].submits_parties for p in posts if p.agency_id == agency_id)


def may_review(posts: Iterable[Post]) -> bool:
    """Whether production requests may be approved or sent back, and parties suspended."""
    return any(ROLES[post.role].reviews_parties for post in posts)


def may_decide(posts: Collection[Post], *, agency_id: UUID) -> bool:
    """As `may_review`, for that agency's: never by who holds a post there."""
    return may_review(posts) and all(post.agency_id != agency_id for post in posts)


def has_reviewers(db: Session, *, on: date) -> bool:
    """Whether anybody may review on that day: the first operator is appointed by nobody."""
    roles = [role for role, rule in ROLES.items() if rule.reviews_parties]
    held = select(Mandate.id).outerjoin(Agency, Agency.id == Mandate.agency_id)
    held = held.where(Mandate.role.in_(roles), is_post_held())
    return db.scalar(held.limit(1), {"today": on}) is not None


def may_return_numbers(posts: Iterable[Post]) -> bool:
    """Whether people may be proven and given their number back."""
    return any(ROLES[post.role].returns_numbers for post in posts)
