import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from idp.kit import clock
from idp.kit.db import transaction
from idp.registry.metadata import ClientMetadata
from idp.registry.models import Environment, RelyingPartyState
from idp.registry.register import register_party
from idp.settings import Settings
from idp.staff.models import Role
from tests.support.staff import Office, open_office, staff_app, staff_visitor
from tests.support.visitor import Visitor

BASE = "http://localhost:8000"


@pytest.fixture(scope="module")
def app(module_settings: Settings, engine: Engine) -> FastAPI:
    return staff_app(module_settings, engine)


@pytest.fixture(scope="module")
def ministry(app: FastAPI) -> Office:
    with transaction(app.state.engine) as db:
        return open_office(db, code="G12", service="1.001234")


@pytest.fixture
def operator(app: FastAPI) -> Visitor:
    return staff_visitor(app, Role.OPERATOR)


@pytest.fixture
def submitted(app: FastAPI, ministry: Office) -> str:
    """The client_id of a production application that waits for review."""
    with transaction(app.state.engine) as db:
        registered = register_party(
            db,
            system_id=ministry.system_id,
            environment=Environment.PRODUCTION,
            state=RelyingPartyState.SUBMITTED,
            metadata=ClientMetadata(
                client_name="Đổi giấy phép",
                redirect_uris=("https://gplx.example.vn/cb",),
                service=(ministry.service,),
            ),
            at=clock.now(),
        )
        return registered.party.client_id
