"""The accounts of residents, and the organizations that some of them represent.

They have no password, so nobody can sign in with them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import itemgetter
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlalchemy.orm import Session
from stdnum.vn import mst

from idp.demo.calendar import Calendar
from idp.demo.cast import COMPANY
from idp.demo.means import may_come
from idp.demo.residents import Resident
from idp.demo.stories import choose, registered_at
from idp.journal.record import entry
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.mandates.changes import start_mandate
from idp.mandates.models import Mandate
from idp.mandates.roles import OrganizationRole
from idp.organizations.models import OrganizationKind
from idp.organizations.register import OrganizationEntry, register_organization
from idp.people.identifiers import hash_number
from idp.people.models import CITIZEN_NUMBER, NUMBER, Person, PersonIdentifier, Sex
from idp.places.load import MERGER

ORGANIZATIONS = 200
ENTERPRISES = 379
"""758,610 active enterprises on 31/12/2019, at 1 : 2,000."""
_LEAST_AGE_TO_REPRESENT = 25
_OTHERS = {7: OrganizationKind.COOPERATIVE, 13: OrganizationKind.HOUSEHOLD}
_BOTH, _ONE = 0.33, 0.6
_FORMS = ("Công ty TNHH", "Công ty TNHH", "Công ty Cổ phần")
_TRADES = (
    *("Thương mại", "Xây dựng", "Thủy sản", "Dệt may", "Vận tải", "Nông sản", "Cơ khí", "Du lịch"),
    *("Phần mềm", "Bao bì", "Gỗ", "Thực phẩm", "Điện tử", "Dược phẩm"),
)
_WORDS = (
    *("An Phát", "Bình Minh", "Đại Dương", "Hoàng Gia", "Hưng Thịnh", "Kim Long", "Minh Tâm"),
    *("Nam Việt", "Phú Quý", "Phương Nam", "Sao Mai", "Tân Tiến", "Thành Công", "Thiên Phú"),
    *("Trường Sơn", "Việt Hưng", "Vạn Xuân", "Đông Á", "Hải Âu", "Sông Hồng"),
)
_LEAST_AGE = 16
_PROOFING_WEIGHTS = (0.06, 0.50, 0.44)
_WITH_FACTOR = 0.95


class Habit(StrEnum):
    """At whose services somebody signs in."""

    NONE = "none"
    CENTRAL = "central"
    LOCAL = "local"
    BOTH = "both"


_HABITS = {Habit.NONE: 0.09, Habit.CENTRAL: 0.07, Habit.LOCAL: 0.12, Habit.BOTH: 0.72}


@immutable
class Account:
    """An account as the history needs it. Before `proofed_at` its proofing is one lower."""

    person_id: UUID
    subject_number: int
    province_code: str
    new_province_code: str
    age: int
    born: int
    sex: Sex
    registered_at: datetime
    proofing: int
    proofed_at: datetime
    has_factor: bool
    habit: Habit
    number: str = field(default="", repr=False)
    """Their citizen number, as agencies' lists name them."""

    def proofing_at(self, at: datetime) -> int:
        """The proofing at an instant."""
        return self.proofing if at >= self.proofed_at else self.proofing - 1

    def place_code(self, at: datetime) -> str:
        """The code that their province had at an instant."""
        return self.province_code if clock.day_of(at) < MERGER else self.new_province_code


@immutable
class Company:
    """An organization as the history needs it."""

    organization_id: UUID
    organization_number: int
    representative: Account
    since: datetime
    habit: Habit
    tax_code: str = ""


def register_residents(
    db: Session,
    *,
    random: Random,
    keyring: Keyring,
    residents: Sequence[Resident],
    count: int,
    calendar: Calendar,
) -> list[Account]:
    """Register so many residents of 16 or more over the history, ever more of them a day."""
    ages = ((r, r.age(calendar.first_on)) for r in residents)
    adults = [r for r, age in ages if age >= _LEAST_AGE and may_come(r, age)]
    drawn = ((registered_at(random, r, calendar), r) for r in choose(random, adults, count))
    in_order = sorted(drawn, key=itemgetter(0))
    chosen = [resident for _, resident in in_order]
    accounts = [_draw(random, resident, at, calendar) for at, resident in in_order]
    numbers = db.scalars(
        insert(Person).returning(Person.subject_number, sort_by_parameter_order=True),
        [_person(r, a) for r, a in zip(chosen, accounts, strict=True)],
    ).all()
    db.execute(
        insert(PersonIdentifier),
        [_identifier(keyring, r, a) for r, a in zip(chosen, accounts, strict=True)],
    )
    return [
        replace(account, subject_number=number)
        for account, number in zip(accounts, numbers, strict=True)
    ]


def state_events(accounts: Sequence[Account]) -> list[dict[str, Any]]:
    """The journal rows of their registration and proofing."""
    return [
        entry(
            event=event,
            at=at,
            subject_number=account.subject_number,
            data={"proofing": proofing, **_known(account, event, at)},
        )
        for account in accounts
        for event, at, proofing in _states(account)
    ]


def _known(account: Account, event: str, at: datetime) -> dict[str, Any]:
    """Where they live, as the province was called when they registered; year of birth and sex."""
    if event != "person.registered":
        return {}
    return {"place": account.place_code(at), "born": account.born, "sex": str(account.sex)}


def _states(account: Account) -> Iterator[tuple[str, datetime, int]]:
    """Registered with nothing proven; then what was shown at once, and what later."""
    yield "person.registered", account.registered_at, 0
    if first := account.proofing_at(account.registered_at):
        yield "person.proofed", account.registered_at, first
    if account.proofed_at > account.registered_at:
        yield "person.proofed", account.proofed_at, account.proofing


def register_companies(
    db: Session, *, random: Random, accounts: Sequence[Account], count: int, ends_at: datetime
) -> list[Company]:
    """Register so many organizations, each represented by a proven account of its own."""
    able = [
        a
        for a in accounts
        if a.proofing == 2 and a.has_factor and a.age >= _LEAST_AGE_TO_REPRESENT
        and a.proofed_at < ends_at - timedelta(days=30)
    ]  # fmt: skip
    companies = []
    for number, account in enumerate(random.sample(able, min(count, len(able)))):
        since = account.proofed_at + (ends_at - account.proofed_at) * (random.random() * 0.5)
        kind = _OTHERS.get(number % 16, OrganizationKind.ENTERPRISE)
        described = company_entry(random, account, since, kind=kind)
        organization = register_organization(db, described, at=since)
        mandate = Mandate(
            person_id=account.person_id,
            role=OrganizationRole.LEGAL_REPRESENTATIVE,
            organization_id=organization.id,
            valid_on=clock.day_of(since),
            created_at=since,
        )
        start_mandate(db, mandate)
        companies.append(
            Company(
                organization.id,
                organization.organization_number,
                account,
                since,
                _habit(random.random()),
                described.tax_code,
            )
        )
    return companies


def company_entry(
    random: Random,
    account: Account,
    since: datetime,
    *,
    kind: OrganizationKind = OrganizationKind.ENTERPRISE,
) -> OrganizationEntry:
    """An organization as the register has it, where its representative lives."""
    return OrganizationEntry(
        tax_code=_tax_code(random, account),
        name=_company_name(random),
        kind=kind,
        place_code=account.place_code(since),
    )


def _draw(random: Random, resident: Resident, at: datetime, calendar: Calendar) -> Account:
    proofing = random.choices((0, 1, 2), _PROOFING_WEIGHTS)[0]
    later = at + timedelta(days=random.randrange(1, 60), hours=random.randrange(8))
    is_proofed_later = proofing == 2 and random.random() < 0.7 and later < calendar.ends_at
    return Account(
        person_id=uuid4(),
        subject_number=0,
        province_code=resident.province.code,
        new_province_code=resident.province.new_code,
        age=resident.age(clock.day_of(at)),
        born=resident.birthdate.year,
        sex=resident.sex,
        registered_at=at,
        proofing=proofing,
        proofed_at=later if is_proofed_later else at,
        has_factor=random.random() < _WITH_FACTOR,
        habit=random.choices(list(_HABITS), list(_HABITS.values()))[0],
        number=resident.number,
    )


def _person(resident: Resident, account: Account) -> dict[str, Any]:
    return {
        "id": account.person_id,
        "name": resident.name,
        "birthdate": resident.birthdate.isoformat(),
        "sex": resident.sex,
        "residence_code": resident.province.new_code,
        "claims": {},
        "proofing": account.proofing,
        "created_at": account.registered_at.astimezone(UTC),
        "updated_at": account.proofed_at.astimezone(UTC),
    }


def _identifier(keyring: Keyring, resident: Resident, account: Account) -> dict[str, Any]:
    row = {"id": uuid4(), "person_id": account.person_id}
    return {
        **row,
        "kind": CITIZEN_NUMBER,
        "value_encrypted": NUMBER.seal(keyring, resident.number, **row),
        "value_hash": hash_number(keyring, resident.number),
        "created_at": account.registered_at,
    }


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


def _company_name(random: Random) -> str:
    return " ".join(random.choice(words) for words in (_FORMS, _TRADES, _WORDS))
