"""Organizations of the demo that have only begun: no account yet, nobody proven, a delegate.

Drawn by random numbers of their own: what else happens in the country does not depend on them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy.orm import Session

from idp.demo.accounts import Account, Company, Habit, company_entry
from idp.figures.days import DAY
from idp.journal.record import entry, record_all
from idp.kit import clock
from idp.mandates.changes import start_mandate
from idp.mandates.models import Mandate
from idp.mandates.roles import OrganizationRole
from idp.organizations.register import register_organization

_SEED = 72
_WITHOUT, _UNPROVEN = 0.14, 0.09
"""Of as many organizations as there are otherwise: without an account, with one not proven."""
_DELEGATED = 0.22
_REFUSED_IN = timedelta(days=200)
_REFUSED = 14


def register_beginners(
    db: Session, *, accounts: Sequence[Account], companies: Sequence[Company], ends_at: datetime
) -> int:
    """Enter them, and let some of the others have a delegate; how many were entered."""
    random = Random(_SEED)
    unproven = [a for a in accounts if a.proofing == 1 and a.registered_at < ends_at - 60 * DAY]
    proven = [a for a in accounts if a.proofing == 2 and a.proofed_at < ends_at - 60 * DAY]
    if not unproven or not proven:
        return 0
    count = round(_WITHOUT * len(companies)), round(_UNPROVEN * len(companies))
    for number in range(sum(count)):
        account = random.choice(unproven)
        since = account.registered_at + (ends_at - account.registered_at) * random.random()
        organization = register_organization(db, company_entry(random, account, since), at=since)
        if number >= count[0]:
            _start(db, account, organization.id, OrganizationRole.LEGAL_REPRESENTATIVE, since)
    for company in companies:
        if random.random() < (_DELEGATED if company.habit is not Habit.NONE else 2 * _DELEGATED):
            delegate = random.choice(proven)
            if delegate.person_id != company.representative.person_id:
                since = max(company.since, delegate.proofed_at)
                _start(db, delegate, company.organization_id, OrganizationRole.DELEGATE, since)
    _refuse(db, random, ends_at)
    return sum(count)


def _start(
    db: Session, account: Account, organization_id: UUID, role: OrganizationRole, since: datetime
) -> None:
    mandate = Mandate(
        person_id=account.person_id,
        role=role,
        organization_id=organization_id,
        valid_on=clock.day_of(since),
        created_at=since,
    )
    start_mandate(db, mandate)


def _refuse(db: Session, random: Random, ends_at: datetime) -> None:
    """Who was to represent an enterprise that the business register has not as active."""
    days = sorted(ends_at - _REFUSED_IN * random.random() for _ in range(_REFUSED))
    rows = [
        entry(
            event="representation.refused",
            reason="register_disagrees",
            at=at,
            data={"asked_on": str(clock.day_of(at)), "kind": "enterprise"},
        )
        for at in days
    ]
    record_all(db, rows)
