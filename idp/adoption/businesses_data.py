"""Organizations on the way to both tiers, as outside readers see it."""

from collections.abc import Mapping, Set

from sqlalchemy.orm import Session

from idp.figures.disclosure import STARRED, Cell, disclose
from idp.figures.frozen import Companies, FrozenMonth
from idp.figures.nested import starred_nation
from idp.figures.partitions import FigureOf
from idp.figures.slice_rows import YEAR, CompanyState
from idp.figures.slices import companies_of, national
from idp.kit.immutable import immutable
from idp.organizations.models import OrganizationKind
from idp.web.messages import N_

KINDS = {
    OrganizationKind.ENTERPRISE: N_("Enterprises"),
    OrganizationKind.COOPERATIVE: N_("Cooperatives"),
    OrganizationKind.HOUSEHOLD: N_("Business households"),
    OrganizationKind.AGENCY: N_("Agencies and public bodies"),
}
STATES = {
    CompanyState.NO_ACCOUNT: N_("In the register here; nobody who represents it has an account"),
    CompanyState.NOT_PROVEN: N_("Its representative has an account, but no identity verified"),
    CompanyState.NOT_SIGNED_IN: N_("Representative verified; nobody signed in for it"),
    CompanyState.DELEGATED: N_("The same, and it has a delegate"),
    CompanyState.SIGNED_IN: N_("Somebody signed in for it, not at both tiers"),
    CompanyState.BOTH: N_("Uses both tiers"),
}
"""In the order of the way; everyone stands in exactly one, the furthest."""


@immutable
class Column:
    """The organizations of one kind; the states add up to `registered`."""

    kind: OrganizationKind
    registered: Cell
    states: Mapping[CompanyState, Cell]
    elsewhere: Cell | None
    """Active in the country, and not in the register here; None: nobody counts that kind."""
    disagreed: Cell
    """Requests to represent one that were refused, as the business register does not agree."""


def read_columns(db: Session, month: FrozenMonth) -> list[Column]:
    """The kinds that there are in the month."""
    values = national(db, month)
    found, stars = companies_of(values), starred_nation(values)
    return [_column(kind, found[kind], stars) for kind in KINDS if found[kind].registered]


def _column(kind: OrganizationKind, found: Companies, stars: Set[FigureOf]) -> Column:
    everyone, registered = found.population, found.registered
    elsewhere = None if everyone is None else max(everyone - registered, 0)
    counts = {state: found.states[state] for state in STATES}
    return Column(
        kind=kind,
        registered=disclose(registered, is_national=True),
        states={s: STARRED if (kind, s, YEAR) in stars else Cell(n) for s, n in counts.items()},
        elsewhere=None if elsewhere is None else disclose(elsewhere, is_national=True),
        disagreed=disclose(found.disagreed, is_national=True) if found.disagreed else Cell(0),
    )
