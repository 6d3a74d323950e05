"""The portal and the console with staff signed in, without the sign-in pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from idp.catalogue.add import add_services, add_systems
from idp.catalogue.models import InformationSystem, PublicService, Tier
from idp.kit import clock
from idp.kit.db import transaction
from idp.mandates.changes import start_mandate
from idp.mandates.models import Mandate
from idp.mandates.roles import StaffRole
from idp.sessions.evidence import Evidence
from idp.sessions.start import start_session
from idp.settings import Settings
from idp.web.cookies import CookieNames
from idp.web.routes import room_router
from tests.support.app import room_app
from tests.support.people import add_agency, add_person, equip_staff, shown
from tests.support.visitor import Visitor

BASE = "http://localhost:8000"


@dataclass(frozen=True)
class Office:
    """An agency with a system `<code>.web` and a service."""

    agency_id: UUID
    system_id: UUID
    system: str
    service: str


def open_office(db: Session, *, code: str, service: str) -> Office:
    """Write the rows; the caller commits."""
    agency = add_agency(db, code=code, tier=Tier.CENTRAL)
    system = InformationSystem(
        code=f"{code}.web", agency_id=agency.id, name_vi="Hệ thống cấp phép", name_en="Licences"
    )
    add_systems(db, [system])
    add_services(
        db,
        [
            PublicService(
                procedure_code=service,
                agency_id=agency.id,
                system_id=system.id,
                name_vi="Đổi giấy phép lái xe",
                name_en="Exchange a driving licence",
                level=4,
                level_valid_on=date(2020, 1, 1),
                required_acr="LoA2",
            )
        ],
    )
    return Office(agency.id, system.id, system.code, service)


def give_post(db: Session, post: Mandate) -> Mandate:
    """Give a post that works, as if two operators had agreed where that is needed."""
    given = start_mandate(db, post)
    given.waits_since = None
    db.flush()
    return given


def staff_visitor(
    app: FastAPI,
    role: StaffRole | None,
    office: Office | None = None,
    *,
    authentication: int = 2,
    ended_on: date | None = None,
    language: str = "en",
    evidence: Evidence | None = None,
    proofing: int = 2,
) -> Visitor:
    """A browser in which a person with that post, or none, has signed in.

    `proofing` is theirs by now.
    """
    settings: Settings = app.state.runtime.settings
    now = clock.now()
    with transaction(app.state.runtime.engine) as db:
        person = add_person(db, name="Trần Cán Bộ")
        equip_staff(db, person, keyring=app.state.runtime.keyring)
        if role is not None:
            post = Mandate(
                person_id=person.id,
                role=role,
                agency_id=office.agency_id if office else None,
                valid_on=now.date() - timedelta(days=30),
                ended_on=ended_on,
                created_at=now,
            )
            give_post(db, post)
        person.proofing = proofing
        started = start_session(
            db,
            keyring=app.state.runtime.keyring,
            settings=settings.sessions,
            person_id=person.id,
            credentials_epoch=person.credentials_epoch,
            evidence=evidence or shown(authentication, at=now),
            at=now,
            source_address="127.0.0.1",
            user_agent="test",
        )
    visitor = Visitor()
    visitor.client = TestClient(
        app,
        base_url=settings.issuer.url,
        headers={"Accept-Language": language, "Accept": "text/html"},
        follow_redirects=False,
        cookies={CookieNames.under(settings.issuer).session: started.token},
    )
    return visitor


@pytest.fixture(scope="module")
def app(module_settings: Settings) -> Iterator[FastAPI]:
    """Portal and console over a module's own database."""
    app = room_app(module_settings, room_router("idp.portal"), room_router("idp.console"))
    yield app
    app.state.runtime.engine.dispose()


@pytest.fixture(scope="module")
def ministry(app: FastAPI) -> Office:
    """The agency whose staff most tests are about."""
    with transaction(app.state.runtime.engine) as db:
        return open_office(db, code="G12", service="1.001234")


@pytest.fixture
def operator(app: FastAPI) -> Visitor:
    """An operator's browser."""
    return staff_visitor(app, StaffRole.OPERATOR)
