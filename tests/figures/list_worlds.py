"""Systems, people with citizen numbers, and lists that name them."""

from collections.abc import Mapping
from datetime import date, datetime
from random import Random
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from idp.catalogue.add import add_agencies, add_systems
from idp.catalogue.models import Agency, InformationSystem, LoginState, Tier
from idp.figures.lists.delivering import Delivering, Delivery
from idp.kit.crypto import Keyring
from idp.kit.tables.source import opened_bytes
from idp.people.identifiers import give_number
from idp.relying_parties.models import Environment, RelyingParty, RelyingPartyState
from tests.figures.history import ZONE, at, clock_at
from tests.support.people import add_person

KEYRING = Keyring(["encryption-of-tests-000000000000"], "lookup-of-tests-0000000000000000")


def number_of(serial: int) -> str:
    """A citizen number nobody else of a test has."""
    return f"00119000{serial:04}"


def add_holder(db: Session, serial: int, *, on: date) -> int:
    """A person who holds that number from that day on; their analytics number."""
    person = add_person(db, at=at(on))
    give_number(db, keyring=KEYRING, person_id=person.id, number=number_of(serial), at=at(on))
    return person.subject_number


def add_system(
    db: Session, code: str, *, on: date, tier: Tier = Tier.CENTRAL, is_exclusive: bool = False
) -> tuple[InformationSystem, UUID]:
    """A system of an agency of its own, entered that day, and its live application."""
    agency = Agency(
        code=code, tier=tier, name_vi=code, name_en=code, valid_on=date(2020, 1, 1), place_code="01"
    )
    ids = add_agencies(db, [agency])
    state = LoginState.EXCLUSIVE if is_exclusive else LoginState.BESIDE
    system = InformationSystem(
        code=f"{code}.web", agency_id=ids[code], name_vi=code, name_en=code, login_state=state
    )
    system_id = add_systems(db, [system], at=at(on, 0))[system.code]
    party = RelyingParty(
        client_id=f"party-{code.lower()}",
        system_id=system_id,
        environment=Environment.PRODUCTION,
        state=RelyingPartyState.LIVE,
        created_at=at(on),
        updated_at=at(on),
        client_name=code,
    )
    db.add(party)
    db.flush()
    return db.get_one(InformationSystem, system_id), party.id


def send(
    db: Session,
    system: InformationSystem,
    month: date,
    rows: Mapping[str, int],
    *,
    when: datetime,
    dry_run: bool = False,
) -> Delivery:
    """Deliver a file that names these numbers, each with its local sign-ins."""
    lines = "".join(f"{number},{count}\n" for number, count in rows.items())
    content = f"number,local_sign_ins\n{lines}".encode()
    with clock_at(when), opened_bytes(content) as source:
        delivering = Delivering(db, KEYRING, ZONE.key)
        return delivering.file(source, system=system, month=month, dry_run=dry_run)


def count(connection: Connection, table: str) -> int:
    return int(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def draw(random: Random, serials: int, share: float) -> dict[str, int]:
    """A list of some of so many numbers."""
    return {
        number_of(n): random.choice((0, 0, 1, 3)) for n in range(serials) if random.random() < share
    }
