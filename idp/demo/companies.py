"""The organizations and their legal representatives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy.orm import Session
from stdnum.vn import mst

from idp.demo.accounts import Account, Habit
from idp.demo.cast import COMPANY
from idp.demo.names import company_name
from idp.mandates.changes import start_mandate
from idp.mandates.models import Mandate
from idp.mandates.roles import OrganizationRole
from idp.organizations.models import OrganizationKind
from idp.organizations.register import OrganizationEntry, register_organization

ORGANIZATIONS = 200
ENTERPRISES = 379
"""758,610 active enterprises on 31/12/2019, at 1 : 2,000."""
_LEAST_AGE = 25
_OTHERS = {7: OrganizationKind.COOPERATIVE, 13: OrganizationKind.HOUSEHOLD}
_BOTH, _ONE = 0.33, 0.6


@dataclass(frozen=True)
class Company:
    """An organization as the history needs it."""

    organization_number: int
    representative: Account
    since: datetime
    habit: Habit


def register_companies(
    db: Session, *, random: Random, accounts: Sequence[Account], count: int, ends_at: datetime
) -> list[Company]:
    """Register so many organizations, each represented by a proven account of its own."""
    able = [
        a
        for a in accounts
        if a.proofing == 2 and a.has_factor and a.age >= _LEAST_AGE
        and a.proofed_at < ends_at - timedelta(days=30)
    ]  # fmt: skip
    companies = []
    for number, account in enumerate(random.sample(able, min(count, len(able)))):
        since = account.proofed_at + (ends_at - account.proofed_at) * (random.random() * 0.5)
        entry = OrganizationEntry(
            tax_code=_tax_code(random, account),
            name=company_name(random),
            kind=_OTHERS.get(number % 16, OrganizationKind.ENTERPRISE),
            place_code=account.new_province_code,
        )
        organization = register_organization(db, entry, at=since)
        mandate = Mandate(
            person_id=account.person_id,
            role=OrganizationRole.LEGAL_REPRESENTATIVE,
            organization_id=organization.id,
            valid_on=since.date(),
            created_at=since,
        )
        start_mandate(db, mandate)
        companies.append(
            Company(organization.organization_number, account, since, _habit(random.random()))
        )
    return companies


def _habit(share: float) -> Habit:
    if share < _BOTH:
        return Habit.BOTH
    if share < _ONE:
        return Habit.CENTRAL if int(share * 1000) % 2 else Habit.LOCAL
    return Habit.NONE


def _tax_code(random: Random, account: Account) -> str:
    """A valid code: two digits of the province, seven of a serial, one to check."""
    while True:
        stem = f"{account.province_code}{random.randrange(8_000_000, 9_999_999):07}"
        code = stem + mst.calc_check_digit(stem)
        if len(code) == len(COMPANY[0]) and code != COMPANY[0]:
            return code
