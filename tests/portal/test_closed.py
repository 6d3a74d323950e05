"""Who has no post is told so, and that they came stands in the log."""

import pytest
from fastapi import FastAPI

from idp.mandates.roles import StaffRole
from tests.support.staff import BASE, Office, staff_visitor


@pytest.mark.asvs("16.3.2")
def test_a_page_that_stays_closed_is_logged(
    app: FastAPI, ministry: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    for role, status in ((None, 403), (StaffRole.OPERATOR, 403), (StaffRole.AGENCY_OWNER, 200)):
        visitor = staff_visitor(app, role, None if role is StaffRole.OPERATOR else ministry)
        capsys.readouterr()
        assert visitor.open(f"{BASE}/portal").status == status
        assert ("portal.closed" in capsys.readouterr().out) is (status == 403)
