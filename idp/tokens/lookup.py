"""Looking at grants and refresh tokens; nothing is changed or spent."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.orm import Session

from idp.consents.models import Consent
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.kit.prepared import Prepared
from idp.kit.secrets import token_hash
from idp.mandates.models import Mandate
from idp.organizations.models import Organization
from idp.people.models import Person
from idp.sessions.models import SignInSession
from idp.tokens.grant import (
    GrantedAccess,
    belongs_together,
    consent_of_grant,
    grant_columns,
    is_standing,
)
from idp.tokens.jtis import is_not_revoked
from idp.tokens.models import Grant, RefreshToken


@immutable(kw_only=True)
class StandingGrant(GrantedAccess):
    """A grant behind an access token, with the organization acted for."""

    agreed_claims: list[str]
    """The claims that the person was shown and agreed to: nothing else is released."""
    agreed_resources: list[str]
    """Where else, as they agreed, the relying party may act for them."""
    tax_code: str | None
    organization_name: str | None
    organization_role: str | None


_STANDING = Prepared(
    select(
        *grant_columns(is_standing(joins_consent=True)),
        Consent.claims.label("agreed_claims"),
        Consent.resources.label("agreed_resources"),
        Organization.tax_code,
        Organization.name.label("organization_name"),
        Mandate.role.label("organization_role"),
    )
    .select_from(Grant)
    .join(SignInSession, SignInSession.sid == Grant.sid)
    .join(Person, Person.id == Grant.person_id)
    .join(Consent, consent_of_grant())
    .outerjoin(Mandate, Mandate.id == Grant.mandate_id)
    .outerjoin(Organization, Organization.id == Mandate.organization_id)
    .where(Grant.id == bindparam("grant_id", type_=Uuid()), is_not_revoked())
    .limit(1),
    reads=True,
)


def find_standing_grant(
    db: Session, *, grant_id: UUID, token_ids: Sequence[str], today: date
) -> StandingGrant | None:
    """The grant of an access token if that still means anything; one statement.

    Its own id and those of the tokens it was exchanged for: none was revoked. `today` is the
    country's day.
    """
    sought = {
        "grant_id": grant_id,
        "token_ids": list(token_ids),
        "now": clock.now(),
        "today": today,
    }
    row = _STANDING.one(db, sought)
    if row is None:
        return None
    grant = StandingGrant(**row._asdict())
    return grant if grant.is_standing else None


@immutable(kw_only=True)
class KnownRefreshToken(GrantedAccess):
    """A refresh token of any generation, with its grant."""

    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None


_REFRESH_TOKEN = Prepared(
    select(
        RefreshToken.created_at.label("issued_at"),
        RefreshToken.expires_at,
        RefreshToken.used_at,
        *grant_columns(),
    ).where(
        RefreshToken.token_hash == bindparam("digest"),
        Grant.id == RefreshToken.grant_id,
        belongs_together(),
    ),
    reads=True,
)


def find_refresh_token(db: Session, *, token: str, today: date) -> KnownRefreshToken | None:
    """The refresh token with its grant, spent, expired or not; one statement.

    `today` is the country's day.
    """
    values = {"digest": token_hash(token), "now": clock.now(), "today": today}
    row = _REFRESH_TOKEN.one(db, values)
    return None if row is None else KnownRefreshToken(**row._asdict())
