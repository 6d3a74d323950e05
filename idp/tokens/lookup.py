"""Looking at grants without changing them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.organizations.models import Organization, Representation
from idp.people.models import Person
from idp.relying_parties.models import RelyingParty
from idp.sessions.models import SignInSession
from idp.tokens.back_channel import is_told
from idp.tokens.grant import GrantedAccess, grant_columns, may_represent
from idp.tokens.models import Grant
from idp.tokens.revoked import is_not_revoked


@dataclass(frozen=True, kw_only=True)
class StandingGrant(GrantedAccess):
    """A grant behind an access token, with the organization acted for."""

    tax_code: str | None
    organization_name: str | None
    organization_role: str | None


_STANDING = (
    select(
        *grant_columns(),
        Organization.tax_code,
        Organization.name.label("organization_name"),
        Representation.role.label("organization_role"),
    )
    .select_from(Grant)
    .join(SignInSession, SignInSession.sid == Grant.sid)
    .join(Person, Person.id == Grant.person_id)
    .outerjoin(Organization, Organization.id == Grant.organization_id)
    .outerjoin(Representation, may_represent(Representation, Organization))
    .where(Grant.id == bindparam("grant_id", type_=Uuid()), is_not_revoked())
    .limit(1)
)


def find_standing_grant(
    db: Session, *, grant_id: UUID, token_id: str, today: date
) -> StandingGrant | None:
    """The grant of the access token `token_id` if that still means anything; one statement.

    `today` is the country's day.
    """
    sought = {"grant_id": grant_id, "token_id": token_id, "now": clock.now(), "today": today}
    row = db.execute(_STANDING, sought).one_or_none()
    if row is None:
        return None
    grant = StandingGrant(**row._asdict())
    return grant if grant.is_standing else None


def list_session_parties(db: Session, *, sid: UUID) -> list[UUID]:
    """The relying parties of this session that nobody tells of its end; they may still be open."""
    return list(
        db.scalars(
            select(Grant.relying_party_id)
            .join(RelyingParty, RelyingParty.id == Grant.relying_party_id)
            .where(Grant.sid == sid, ~is_told())
            .distinct()
        )
    )
