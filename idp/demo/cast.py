"""The people of the demo who are printed: the only ones whose credentials anybody knows."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime, timedelta
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from idp.accounts.changes import give_factor
from idp.accounts.registration import Registered, register_person
from idp.demo.agencies import MINISTRY, read_rows
from idp.demo.country import Country
from idp.demo.residents import Resident
from idp.factors.password import hash_password
from idp.factors.totp import new_app
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.mandates.changes import start_mandate
from idp.mandates.models import Mandate
from idp.mandates.roles import OrganizationRole, StaffRole
from idp.organizations.register import OrganizationEntry, register_organization
from idp.people.contacts import add_contact
from idp.people.declaration import declare
from idp.people.identifiers import find_person, hashes_of, is_made_up, list_claims
from idp.people.models import ContactKind, Sex
from idp.places.load import Province
from idp.settings.people import PasswordSettings

COMPANY = ("0402145703", "Công ty TNHH Thủy sản Sông Hàn")
_REGISTERED_BEFORE = timedelta(days=40)
_PROVEN = 2


@immutable
class Player:
    """Someone to try the demo as. Without a password: they register themselves."""

    role: str
    number: str
    name: str
    birthdate: date
    sex: Sex
    province_code: str
    purpose: str
    password: str = field(repr=False)
    in_register: bool
    """Whether the population register knows them."""

    @property
    def is_test(self) -> bool:
        """Whether nobody is meant by them, not even in the demo's country."""
        return is_made_up(self.number)

    @property
    def totp_secret(self) -> str:
        """The one-time-code secret, the same in every demo; empty without an account."""
        digest = hashlib.sha256(f"demo-totp:{self.role}".encode()).digest()
        return base64.b32encode(digest[:20]).decode() if self.password else ""


PLAYERS = TypeAdapter(tuple[Player, ...]).validate_python(tuple(read_rows("people.csv")))


def cast_residents(provinces: list[Province]) -> list[Resident]:
    """Those of the cast whom the population register knows."""
    by_code = {province.code: province for province in provinces}
    return [
        Resident(
            number=player.number,
            name=player.name,
            birthdate=player.birthdate,
            sex=player.sex,
            province=(home := by_code[player.province_code]),
            email=f"{player.role}@mail.example",
            home=(f"Số {nth} đường Thử Nghiệm", "phường Giả Lập", home.new_name_vi),
        )
        for nth, player in enumerate(PLAYERS, 1)
        if player.in_register
    ]


def register_cast(
    db: Session,
    *,
    keyring: Keyring,
    passwords: PasswordSettings,
    country: Country,
    at: datetime,
) -> None:
    """Give accounts, factors, posts and a company to those who have them.

    Nobody of the cast has a history: the citizen raises UNI-used by exactly one.
    """
    ids: dict[str, UUID] = {}
    since = at - _REGISTERED_BEFORE
    for player in PLAYERS:
        if player.password:
            ids[player.role] = _register(db, player, keyring, passwords, since)
    ministry = country.agencies[MINISTRY]
    tax_code, name = COMPANY
    entry = OrganizationEntry(tax_code=tax_code, name=name, place_code="48")
    company = register_organization(db, entry, at=since)
    _give_address(db, "owner", ids, keyring=keyring, at=since)
    mandates: tuple[tuple[str, str, UUID | None, UUID | None], ...] = (
        ("developer", StaffRole.AGENCY_DEVELOPER, ministry, None),
        ("owner", StaffRole.AGENCY_OWNER, ministry, None),
        ("operator", StaffRole.OPERATOR, None, None),
        ("director", OrganizationRole.LEGAL_REPRESENTATIVE, None, company.id),
    )
    for who, role, agency_id, organization_id in mandates:
        mandate = Mandate(
            person_id=ids[who],
            role=role,
            agency_id=agency_id,
            organization_id=organization_id,
            valid_on=clock.day_of(since),
            created_at=since,
        )
        start_mandate(db, mandate)


def _give_address(
    db: Session, role: str, ids: Mapping[str, UUID], *, keyring: Keyring, at: datetime
) -> None:
    """A confirmed address: who answers for an agency gets its figures there."""
    add_contact(
        db,
        keyring=keyring,
        person_id=ids[role],
        kind=ContactKind.EMAIL,
        value=f"{role}@mail.example",
        verified_at=at,
        at=at,
    )


def find_sign_ins(db: Session, *, keyring: Keyring) -> dict[str, str]:
    """What each of the cast who has an account by now signs in with, by role."""
    found = {}
    for player in PLAYERS:
        if find_person(db, number_hashes=hashes_of(keyring, player.number)):
            found[player.role] = player.number
        elif claims := list_claims(db, keyring=keyring, number=player.number):
            found[player.role] = claims[-1]
    return found


def _register(
    db: Session, player: Player, keyring: Keyring, passwords: PasswordSettings, at: datetime
) -> UUID:
    registered = register_person(
        db,
        keyring=keyring,
        declaration=declare(
            number=player.number,
            name=player.name,
            birthdate=player.birthdate.isoformat(),
            sex=player.sex.value,
            at=at,
        ),
        password_hash=hash_password(passwords, player.password),
        proofing=_PROVEN,
        at=at,
        is_test=player.is_test,
    )
    if not isinstance(registered, Registered):
        raise RuntimeError(f"the number of the {player.role} is taken")
    secret, person_id = player.totp_secret, registered.person_id
    give_factor(db, new_app(keyring, person_id=person_id, secret=secret, at=at), at=at)
    return person_id
