"""What a person's posts allow. Pure; ask these, never compare roles elsewhere."""

from collections.abc import Iterable
from uuid import UUID

from idp.mandates.posts import Post
from idp.mandates.roles import ROLES


def managed_agency_ids(posts: Iterable[Post]) -> frozenset[UUID]:
    """The agencies whose systems and relying parties these posts let a person manage."""
    return frozenset(
        post.agency_id for post in posts if ROLES[post.role].manages_parties and post.agency_id
    )


def may_use_portal(posts: Iterable[Post]) -> bool:
    """Whether the agency portal is open: owners and developers of an agency."""
    return bool(managed_agency_ids(posts))


def may_manage_agency(posts: Iterable[Post], *, agency_id: UUID) -> bool:
    """Whether the agency's relying parties may be registered, changed and submitted."""
    return agency_id in managed_agency_ids(posts)


def may_review(posts: Iterable[Post]) -> bool:
    """Whether production requests may be approved or sent back, and parties suspended."""
    return any(ROLES[post.role].reviews_parties for post in posts)
