"""What a person may be for a body, and what that allows: the one table of roles."""

from collections.abc import Mapping
from enum import StrEnum

from idp.kit.immutable import immutable


class Body(StrEnum):
    """For what one acts. The operator, who runs this service, is one and has no row anywhere."""

    OPERATOR = "operator"
    AGENCY = "agency"
    ORGANIZATION = "organization"


class StaffRole(StrEnum):
    """What staff may be: the operator's, or an agency's."""

    OPERATOR = "operator"
    AGENCY_OWNER = "agency_owner"
    AGENCY_DEVELOPER = "agency_developer"


class OrganizationRole(StrEnum):
    """As what one may act for an organization; the `role` in the claim `organization`."""

    LEGAL_REPRESENTATIVE = "legal_representative"
    DELEGATE = "delegate"


@immutable(kw_only=True)
class RoleRule:
    """For which kind of body a role acts, and what its holder may do there."""

    body: Body
    manages_parties: bool = False
    """Registers and changes the agency's sandbox applications, writes what production is to be."""
    submits_parties: bool = False
    """Hands that on to the operator; makes the secrets of production."""
    reviews_parties: bool = False
    """Approves, sends back and suspends those of agencies where they hold no post."""
    returns_numbers: bool = False
    """Gives citizen numbers back to people at a desk."""
    needs_two: bool = False
    """Works once two operators have agreed to it, and again when its account changed hands."""
    may_be_limited: bool = False
    """Given for some services only, as well as for all."""
    may_give: frozenset[str] = frozenset()
    """The roles it may give to others for the same body, never beyond its own services and end."""


ROLES: Mapping[str, RoleRule] = {
    StaffRole.OPERATOR: RoleRule(
        body=Body.OPERATOR, reviews_parties=True, returns_numbers=True, needs_two=True
    ),
    StaffRole.AGENCY_OWNER: RoleRule(
        body=Body.AGENCY,
        manages_parties=True,
        submits_parties=True,
        needs_two=True,
        may_give=frozenset({StaffRole.AGENCY_DEVELOPER}),
    ),
    StaffRole.AGENCY_DEVELOPER: RoleRule(body=Body.AGENCY, manages_parties=True),
    OrganizationRole.LEGAL_REPRESENTATIVE: RoleRule(
        body=Body.ORGANIZATION, may_give=frozenset({OrganizationRole.DELEGATE})
    ),
    OrganizationRole.DELEGATE: RoleRule(body=Body.ORGANIZATION, may_be_limited=True),
}

REVIEWING = [role for role, rule in ROLES.items() if rule.reviews_parties]
NEED_TWO = [role for role, rule in ROLES.items() if rule.needs_two]
