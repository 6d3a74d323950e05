from collections.abc import Callable

import pytest
from fastapi import FastAPI

from idp.kit.db import transaction
from idp.mandates.roles import StaffRole
from tests.support.portal_forms import register
from tests.support.staff import Office, open_office, staff_visitor
from tests.support.staff import app as app  # noqa: PLC0414 - fixtures shared with the console
from tests.support.staff import ministry as ministry  # noqa: PLC0414
from tests.support.staff import operator as operator  # noqa: PLC0414
from tests.support.visitor import Page, Visitor


@pytest.fixture(scope="module")
def other(app: FastAPI) -> Office:
    with transaction(app.state.runtime.engine) as db:
        return open_office(db, code="G77", service="1.007777")


@pytest.fixture
def developer(app: FastAPI, ministry: Office) -> Visitor:
    return staff_visitor(app, StaffRole.AGENCY_DEVELOPER, ministry)


@pytest.fixture
def owner(app: FastAPI, ministry: Office) -> Visitor:
    """Who answers for the agency's applications in production."""
    return staff_visitor(app, StaffRole.AGENCY_OWNER, ministry)


@pytest.fixture
def stranger(app: FastAPI, other: Office) -> Visitor:
    """A developer of another agency."""
    return staff_visitor(app, StaffRole.AGENCY_DEVELOPER, other)


@pytest.fixture
def register_client(ministry: Office) -> Callable[..., Page]:
    """Register an application, with name, redirect URI and service only unless told more."""

    def register_client(visitor: Visitor, **changes: str) -> Page:
        fields = {
            "client_name": "Đổi giấy phép",
            "redirect_uris": "https://gplx.example.vn/cb",
            f"service.{ministry.service}": "yes",
            "application_type": "web",
        }
        return register(visitor, {**fields, **changes})

    return register_client
