"""Whether another agency has a host that an operator is about to approve."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.hosts import check_hosts
from idp.relying_parties.lookup import find_party
from idp.relying_parties.models import Environment, RelyingPartyState
from tests.relying_parties.conftest import NOW
from tests.support.people import add_agency, add_relying_party

HOST = "service.ministry.example"
ADDRESS = f"https://{HOST}/callback"
PROPOSED = {
    "redirect_uris": ["https://else.example/callback"],
    "proposed": {"redirect_uris": [ADDRESS]},
    "submitted_at": NOW,
}
"""A live application, and a change of it that waits for an operator."""


@pytest.mark.parametrize(
    ("theirs", "named", "shared"),
    [
        ({}, {"redirect_uris": (ADDRESS,)}, (HOST,)),
        ({}, {"sector_identifier_uri": f"https://{HOST}/uris.json"}, (HOST,)),
        ({}, {"redirect_uris": (f"https://{HOST}:8443/other",)}, (HOST,)),
        ({"state": RelyingPartyState.SUSPENDED}, {"redirect_uris": (ADDRESS,)}, (HOST,)),
        ({}, {"redirect_uris": (f"https://else.example/{HOST}",)}, ()),
        ({}, {"redirect_uris": (f"https://{HOST}.attacker.example/callback",)}, ()),
        ({}, {"redirect_uris": ("https://minist%_.example/callback",)}, ()),
        ({}, {}, ()),
        ({"environment": Environment.SANDBOX}, {"redirect_uris": (ADDRESS,)}, ()),
        ({"state": RelyingPartyState.SUBMITTED}, {"redirect_uris": (ADDRESS,)}, (HOST,)),
        ({"state": RelyingPartyState.DRAFT}, {"redirect_uris": (ADDRESS,)}, ()),
        (PROPOSED, {"redirect_uris": (ADDRESS,)}, (HOST,)),
        ({**PROPOSED, "submitted_at": None}, {"redirect_uris": (ADDRESS,)}, ()),
        (
            {"redirect_uris": ["http://localhost/cb"]},
            {"redirect_uris": ("http://localhost/x",)},
            (),
        ),
    ],
)
def test_an_operator_sees_that_a_host_is_another_agencys(
    db: Session, theirs: dict[str, Any], named: dict[str, Any], shared: tuple[str, ...]
) -> None:
    """G8: approval verifies a host, so whoever approves knows whose it is already."""
    other = add_relying_party(db, client_id="theirs", agency=add_agency(db, code="G01"))
    for name, value in {"redirect_uris": [ADDRESS], **theirs}.items():
        setattr(other, name, value)
    add_relying_party(db, client_id="mine", agency=add_agency(db, code="G02"))
    db.flush()
    record = find_party(db, client_id="mine")
    assert record is not None
    check = check_hosts(db, record, metadata=ClientMetadata(**named))
    assert (check.is_met, check.seen) == (not shared, shared)
    own = find_party(db, client_id="theirs")
    assert own is not None
    assert check_hosts(db, own, metadata=ClientMetadata(**named)).is_met, "its own agency's"
