"""A grant: how it is stored, how it is read back from one of its tokens, and when it stands."""

from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Insert,
    and_,
    bindparam,
    exists,
    insert,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from idp.consents.lookup import is_agreed, is_open_between
from idp.kit.db import NOW, table_of
from idp.kit.immutable import immutable
from idp.mandates.live import covers, may_represent
from idp.mandates.models import Mandate
from idp.organizations.models import Organization
from idp.people.models import Person, PersonStatus
from idp.relying_parties.models import RelyingParty
from idp.sessions.lookup import is_alive
from idp.sessions.models import SignInSession
from idp.tokens.models import Grant


@immutable(kw_only=True)
class GrantedAccess:
    """What a grant allows, joined with the analytics number of its person."""

    grant_id: UUID
    sign_in_id: UUID
    relying_party_id: UUID
    person_id: UUID
    subject_number: int
    sid: UUID
    mandate_id: UUID | None
    service_id: UUID | None
    scope: str
    claims: dict[str, Any]
    resources: list[str]
    """For whom its access tokens are meant; empty: nothing was named."""
    acr: str
    amr: list[str]
    authenticated_at: datetime | None
    is_offline: bool
    is_standing: bool
    """False: it was revoked, or its session, person or mandate is gone."""

    @property
    def scopes(self) -> list[str]:
        """The scope values granted."""
        return self.scope.split()


def grant_columns(standing: ColumnElement[bool] | None = None) -> tuple[Any, ...]:
    """The columns of `GrantedAccess`, labelled as its fields; `standing` may ask for more."""
    special = {
        "grant_id": Grant.id,
        "subject_number": Person.subject_number,
        "is_standing": is_standing() if standing is None else standing,
    }
    names = [field.name for field in fields(GrantedAccess)]
    return tuple(special[n].label(n) if n in special else getattr(Grant, n) for n in names)


def belongs_together() -> ColumnElement[bool]:
    """Joins a grant with its session and its person."""
    return and_(SignInSession.sid == Grant.sid, Person.id == Grant.person_id)


_PARTIES = (Grant.person_id, Grant.relying_party_id, Grant.mandate_id)


def consent_of_grant() -> ColumnElement[bool]:
    """Joins a grant with the consent that it came of."""
    return is_open_between(*_PARTIES)


def is_standing(*, joins_consent: bool = False) -> ColumnElement[bool]:
    """Whether tokens of the grant still mean anything.

    Online grants need their session; every grant needs an active person whose credentials have not
    been reset since, their consent, a relying party that was not suspended since, and, acting for
    an organization, their mandate.
    `joins_consent`: the statement finds the consent itself, by `consent_of_grant`.
    """
    return and_(
        Grant.revoked_at.is_(None),
        Grant.expires_at > NOW,
        Grant.credentials_epoch == Person.credentials_epoch,
        Person.status == PersonStatus.ACTIVE,
        true() if joins_consent else is_agreed(*_PARTIES),
        ~exists().where(
            RelyingParty.id == Grant.relying_party_id,
            RelyingParty.suspended_at >= Grant.created_at,
        ),
        or_(Grant.is_offline, is_alive()),
        or_(Grant.mandate_id.is_(None), _mandate_stands()),
    )


def _mandate_stands() -> ColumnElement[bool]:
    mandate, organization = aliased(Mandate), aliased(Organization)
    standing = select(true()).where(
        mandate.id == Grant.mandate_id,
        may_represent(mandate, organization),
        covers(Grant.service_id, mandate),
    )
    return exists(standing.correlate(Grant))


_grants = table_of(Grant)
_COLUMNS = [column for column in _grants.columns if column.name != "revoked_at"]


def making_grant(condition: CTE | None = None) -> Insert:
    """The INSERT of a grant, where that CTE has a row; parameters as of `grant_values`."""
    new = {c.name: bindparam(f"grant_{c.name}", type_=c.type) for c in _COLUMNS}
    if condition is None:
        return insert(_grants).values(new)
    return insert(_grants).from_select(list(new), select(*new.values()).select_from(condition))


def grant_values(grant: dict[str, Any]) -> dict[str, Any]:
    """The parameters of `making_grant`, from column values."""
    return {f"grant_{name}": value for name, value in grant.items()}
