"""How an agency or a service was used, month by month, as outside readers see it."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from idp.adoption.agencies_data import Usage, usage_of
from idp.adoption.filters import Chosen
from idp.figures.frozen import FrozenMonth
from idp.figures.slice_rows import Dimension
from idp.figures.slices import slices
from idp.figures.sums_of_sign_ins import hidden_of_agencies, hidden_of_services
from idp.kit.immutable import immutable


@immutable
class UsedMonth:
    """One month, of 12 whole months each; sign-ins are those of the month alone."""

    month: FrozenMonth
    usage: Usage


def read_agency_months(db: Session, chosen: Chosen, code: str) -> tuple[UsedMonth, ...]:
    """The last twelve up to the chosen one in which it was used, the newest first."""
    found = []
    for month in reversed(chosen.up_to):
        every = slices(db, month, Dimension.AGENCY)
        hidden = hidden_of_agencies(every)
        found += [UsedMonth(month, usage_of(s, hidden[code])) for s in every if s.code == code]
    return tuple(found)


def read_service_months(
    db: Session, chosen: Chosen, code: str, *, of_agency: Collection[str]
) -> tuple[UsedMonth, ...]:
    """The same of a service; `of_agency`: all that stand with it in its agency's sums."""
    found = []
    for month in reversed(chosen.up_to):
        every = slices(db, month, Dimension.SERVICE, [*of_agency])
        hidden = hidden_of_services(every)
        found += [UsedMonth(month, usage_of(s, hidden[code])) for s in every if s.code == code]
    return tuple(found)
