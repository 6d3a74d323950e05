"""The accounts of residents: without a password, so that nobody can sign in with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlalchemy.orm import Session

from idp.demo.calendar import Calendar
from idp.demo.residents import Resident
from idp.journal.record import entry
from idp.kit.crypto import Keyring
from idp.people.identifiers import hash_number
from idp.people.models import CITIZEN_NUMBER, NUMBER, Person, PersonIdentifier

LEAST_AGE = 16
_PROOFING_WEIGHTS = (0.06, 0.50, 0.44)
_WITH_FACTOR = 0.95


class Habit(StrEnum):
    """At whose services somebody signs in."""

    NONE = "none"
    CENTRAL = "central"
    LOCAL = "local"
    BOTH = "both"


_HABITS = {Habit.NONE: 0.09, Habit.CENTRAL: 0.07, Habit.LOCAL: 0.12, Habit.BOTH: 0.72}


@dataclass(frozen=True)
class Account:
    """An account as the history needs it. Before `proofed_at` its proofing is one lower."""

    person_id: UUID
    subject_number: int
    province_code: str
    new_province_code: str
    age: int
    registered_at: datetime
    proofing: int
    proofed_at: datetime
    has_factor: bool
    habit: Habit

    def proofing_at(self, at: datetime) -> int:
        """The proofing at an instant."""
        return self.proofing if at >= self.proofed_at else self.proofing - 1


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
    adults = [r for r in residents if r.age(calendar.first_on) >= LEAST_AGE]
    chosen = random.sample(adults, min(count, len(adults)))
    times = sorted(calendar.growing_instant(random) for _ in chosen)
    accounts = [
        _draw(random, resident, at, calendar) for resident, at in zip(chosen, times, strict=True)
    ]
    numbers = db.scalars(
        insert(Person).returning(Person.subject_number, sort_by_parameter_order=True),
        [_person(r, a) for r, a in zip(chosen, accounts, strict=True)],
    ).all()
    db.execute(
        insert(PersonIdentifier),
        [_identifier(keyring, r, a) for r, a in zip(chosen, accounts, strict=True)],
    )
    return [
        Account(**{**account.__dict__, "subject_number": number})
        for account, number in zip(accounts, numbers, strict=True)
    ]


def state_events(accounts: Sequence[Account]) -> list[dict[str, Any]]:
    """The journal rows of their registration and proofing."""
    events = []
    for account in accounts:
        first = account.proofing_at(account.registered_at)
        events.append(
            entry(
                event="person.registered",
                at=account.registered_at,
                subject_number=account.subject_number,
                data={"proofing": first},
            )
        )
        if account.proofed_at > account.registered_at:
            events.append(
                entry(
                    event="person.proofed",
                    at=account.proofed_at,
                    subject_number=account.subject_number,
                    data={"proofing": account.proofing},
                )
            )
    return events


def _draw(random: Random, resident: Resident, at: datetime, calendar: Calendar) -> Account:
    proofing = random.choices((0, 1, 2), _PROOFING_WEIGHTS)[0]
    later = at + timedelta(days=random.randrange(1, 60), hours=random.randrange(8))
    is_proofed_later = proofing == 2 and random.random() < 0.7 and later < calendar.ends_at
    return Account(
        person_id=uuid4(),
        subject_number=0,
        province_code=resident.province.code,
        new_province_code=resident.province.new_code,
        age=resident.age(at.date()),
        registered_at=at,
        proofing=proofing,
        proofed_at=later if is_proofed_later else at,
        has_factor=random.random() < _WITH_FACTOR,
        habit=random.choices(list(_HABITS), list(_HABITS.values()))[0],
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
