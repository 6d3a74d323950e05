"""Somebody's session, and parties with grants from it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency, InformationSystem, Tier
from idp.consents.changes import grant_consent
from idp.kit import clock
from idp.people.models import Person, Sex
from idp.relying_parties.models import RelyingParty
from idp.sessions.start import start_session
from idp.settings import Settings
from idp.tokens.models import Grant
from tests.support.people import shown

MakeGrant = Callable[..., Grant]


@pytest.fixture
def person(db: Session) -> Person:
    now = clock.now()
    person = Person(
        name="Trần Thị Bình", birthdate="1990", sex=Sex.FEMALE, created_at=now, updated_at=now
    )
    db.add(person)
    db.flush()
    return person


@pytest.fixture
def sid(db: Session, person: Person, module_settings: Settings) -> UUID:
    return start_session(
        db,
        keyring=module_settings.secrets.keyring(),
        settings=module_settings.sessions,
        person_id=person.id,
        credentials_epoch=0,
        evidence=shown(2, at=clock.now()),
        at=clock.now(),
        source_address="",
        user_agent="",
    ).sid


@pytest.fixture
def make_grant(db: Session, person: Person, sid: UUID) -> MakeGrant:
    now = clock.now()
    names: dict[str, Any] = {"name_vi": "Tên", "name_en": "Name"}
    agency = Agency(code=f"G{uuid4()}", tier=Tier.CENTRAL, valid_on=now.date(), **names)
    db.add(agency)
    db.flush()
    system = InformationSystem(code=f"S{uuid4()}", agency_id=agency.id, **names)
    db.add(system)
    db.flush()

    def make(*, is_offline: bool = False, **party_values: Any) -> Grant:
        party = RelyingParty(
            client_id=str(uuid4()),
            system_id=system.id,
            client_name="Dịch vụ",
            created_at=now,
            updated_at=now,
            **party_values,
        )
        db.add(party)
        db.flush()
        grant = Grant(
            sign_in_id=uuid4(),
            relying_party_id=party.id,
            person_id=person.id,
            credentials_epoch=0,
            sid=sid,
            scope="openid",
            acr="LoA2",
            amr=["pwd", "otp"],
            authenticated_at=now,
            is_offline=is_offline,
            created_at=now,
            expires_at=now + timedelta(hours=1),
        )
        db.add(grant)
        grant_consent(
            db,
            person_id=person.id,
            relying_party_id=party.id,
            scopes=["openid"],
            claims=[],
            evidence={},
        )
        db.flush()
        return grant

    return make
