"""Ending grants, and telling which relying parties a session signed in to."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency, InformationSystem, Tier
from idp.consents.grant import grant_consent
from idp.kit import clock
from idp.people.models import Person, Sex
from idp.relying_parties.models import RelyingParty
from idp.sessions.start import start_session
from idp.settings import Settings
from idp.tokens.end import end_party_grants, end_session_grants, revoke_grant
from idp.tokens.lookup import find_standing_grant, list_session_parties
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

    def make(*, is_offline: bool = False) -> Grant:
        party = RelyingParty(
            client_id=str(uuid4()),
            system_id=system.id,
            client_name="Dịch vụ",
            created_at=now,
            updated_at=now,
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


def is_standing(db: Session, grant: Grant) -> bool:
    today = clock.now().date()
    return find_standing_grant(db, grant_id=grant.id, token_id="", today=today) is not None


def test_the_end_of_a_session_spares_offline_grants(
    db: Session, sid: UUID, make_grant: MakeGrant
) -> None:
    online, offline = make_grant(), make_grant(is_offline=True)
    assert end_session_grants(db, sid=sid) == 1
    assert not is_standing(db, online)
    assert is_standing(db, offline)
    assert end_session_grants(db, sid=sid) == 0


def test_withdrawing_from_one_party_ends_its_grants_only(
    db: Session, person: Person, make_grant: MakeGrant
) -> None:
    one, other = make_grant(is_offline=True), make_grant()
    ended = end_party_grants(db, person_id=person.id, relying_party_id=one.relying_party_id)
    assert ended == 1
    assert not is_standing(db, one)
    assert is_standing(db, other)


def test_a_grant_is_revoked_once(db: Session, make_grant: MakeGrant) -> None:
    grant = make_grant()
    assert revoke_grant(db, grant_id=grant.id)
    assert not revoke_grant(db, grant_id=grant.id)


def test_a_session_knows_its_parties_even_after_it_ended(
    db: Session, sid: UUID, make_grant: MakeGrant
) -> None:
    grants = [make_grant(), make_grant(is_offline=True)]
    end_session_grants(db, sid=sid)
    parties = list_session_parties(db, sid=sid)
    assert set(parties) == {grant.relying_party_id for grant in grants}
