"""The smallest country in which a citizen can sign in at a ministry and at a province."""

from dataclasses import dataclass
from itertools import count
from uuid import UUID

import pyotp
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.accounts.registration import Registered, register_person
from idp.catalogue.models import PublicService, Tier
from idp.factors.password import hash_password
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.kit.secrets import token_hash
from idp.people.declaration import declare
from idp.relying_parties.models import RelyingParty
from idp.settings import Settings
from tests.support.people import add_agency, add_relying_party, give_app
from tests.support.relying_party import TestParty

PASSWORD = "bến xuân mưa phùn giăng"
SECRET = "a-client-secret-of-the-tests-0123456789"
_serial = count(1)


@dataclass(frozen=True)
class Citizen:
    """Someone with an account, and what they know and have."""

    person_id: UUID
    subject_number: int
    number: str
    password: str = PASSWORD
    totp_secret: str = ""

    def code(self, *, steps_ahead: int = 0) -> str:
        """What their authenticator app shows, now or so many half-minutes from now."""
        at = int(clock.now().timestamp()) + 30 * steps_ahead
        return pyotp.TOTP(self.totp_secret).at(at)


def add_citizen(
    db: Session, *, settings: Settings, keyring: Keyring, proofing: int = 2, has_totp: bool = True
) -> Citizen:
    """An active account with a password and, unless told otherwise, an authenticator app."""
    at = clock.now()
    number = f"0011{90 + next(_serial) // 100_000:02d}{next(_serial):06d}"
    registered = register_person(
        db,
        keyring=keyring,
        declaration=declare(
            number=number, name="Trần Thị Mai", birthdate="1990-05-06", sex="female", at=at
        ),
        password_hash=hash_password(settings.passwords, PASSWORD),
        at=at,
        proofing=proofing,
    )
    assert isinstance(registered, Registered)
    secret = ""
    if has_totp:
        secret = give_app(db, keyring=keyring, person_id=registered.person_id, at=at)
    return Citizen(
        person_id=registered.person_id,
        subject_number=registered.subject_number,
        number=number,
        totp_secret=secret,
    )


@dataclass(frozen=True)
class Country:
    """A ministry's and a province's relying party, each with one service, and a citizen."""

    ministry_id: UUID
    province_id: UUID
    citizen: Citizen

    def ministry(self, issuer: str) -> TestParty:
        """The ministry's client at that provider; its service needs LoA2."""
        return TestParty(issuer=issuer, client_id="ministry", client_secret=SECRET)

    def province(self, issuer: str) -> TestParty:
        """The province's client at that provider; its service needs LoA1."""
        return TestParty(issuer=issuer, client_id="province", client_secret=SECRET)


def found_country(engine: Engine, *, settings: Settings, keyring: Keyring) -> Country:
    """Write the country into an empty database."""
    with transaction(engine) as db:
        ministry = _add_party(db, client_id="ministry", code="G01", tier=Tier.CENTRAL, acr="LoA2")
        province = _add_party(db, client_id="province", code="H01", tier=Tier.PROVINCE, acr="LoA1")
        citizen = add_citizen(db, settings=settings, keyring=keyring)
        return Country(ministry_id=ministry.id, province_id=province.id, citizen=citizen)


def _add_party(db: Session, *, client_id: str, code: str, tier: Tier, acr: str) -> RelyingParty:
    party = add_relying_party(
        db,
        client_id=client_id,
        agency=add_agency(db, code=code, tier=tier),
        secret_hash=token_hash(SECRET),
    )
    party.scope = "openid profile email phone offline_access organization"
    party.grant_types = ["authorization_code", "refresh_token", "client_credentials"]
    party.post_logout_redirect_uris = ["https://rp.example/bye"]
    service = db.get_one(PublicService, party.default_service_id)
    service.required_acr = acr
    db.flush()
    return party
