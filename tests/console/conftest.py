import pytest
from fastapi import FastAPI

from idp.kit import clock
from idp.kit.db import transaction
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.models import Environment, RelyingPartyState
from idp.relying_parties.register import register_party
from tests.support.staff import Office
from tests.support.staff import app as app  # noqa: PLC0414 - fixtures shared with the portal
from tests.support.staff import ministry as ministry  # noqa: PLC0414
from tests.support.staff import operator as operator  # noqa: PLC0414


@pytest.fixture
def submitted(app: FastAPI, ministry: Office) -> str:
    """The client_id of a production application that waits for review."""
    with transaction(app.state.runtime.engine) as db:
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
