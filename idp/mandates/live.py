"""When a mandate may be used on `TODAY`: the conditions of every statement that asks."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, any_, or_
from sqlalchemy.orm import InstrumentedAttribute

from idp.catalogue.models import Agency
from idp.kit.db import TODAY
from idp.mandates.models import Mandate
from idp.organizations.models import Organization, OrganizationStatus


def is_post_held() -> ColumnElement[bool]:
    """Whether a post works: it is given, and waits for nobody. Joins as `is_post_given`."""
    return and_(is_post_given(), Mandate.waits_since.is_(None))


def is_post_given() -> ColumnElement[bool]:
    """Whether a mandate of staff is live; its agency is joined, where it has one, and exists."""
    return and_(
        Mandate.organization_id.is_(None),
        _is_in_time(Mandate),
        or_(Agency.ended_on.is_(None), Agency.ended_on > TODAY),
    )


def may_represent(
    mandate: type[Mandate] = Mandate, organization: type[Organization] = Organization
) -> ColumnElement[bool]:
    """Joins a live mandate with its organization, which is active."""
    return and_(
        organization.id == mandate.organization_id,
        _is_in_time(mandate),
        organization.status == OrganizationStatus.ACTIVE,
    )


def covers(
    service_id: InstrumentedAttribute[UUID | None], mandate: type[Mandate] = Mandate
) -> ColumnElement[bool]:
    """Whether it is for that service; one for some services is for none where none is named."""
    return or_(mandate.service_ids.is_(None), service_id == any_(mandate.service_ids))


def _is_in_time(mandate: type[Mandate]) -> ColumnElement[bool]:
    ends_later = or_(mandate.ended_on.is_(None), mandate.ended_on > TODAY)
    return and_(mandate.valid_on <= TODAY, ends_later)
