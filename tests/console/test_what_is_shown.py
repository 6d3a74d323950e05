"""Whoever decides sees every field that is not as usual, and who asks sees what they asked for."""

import html
import re
from dataclasses import replace

import pytest
from fastapi import FastAPI

from idp.kit import clock
from idp.kit.db import transaction
from idp.mandates.roles import StaffRole
from idp.relying_parties.client_fields import FIELDS, ClientMetadata
from idp.relying_parties.grant_types import GRANTS, MACHINE_GRANTS, PERSON_GRANTS, GrantType
from idp.relying_parties.lookup import find_party
from idp.relying_parties.models import Environment, RelyingPartyState
from idp.relying_parties.register import register_party
from idp.relying_parties.review import change_party
from tests.support.client_fields import other_value
from tests.support.staff import BASE, Office, staff_visitor
from tests.support.visitor import Visitor

PLAIN = ClientMetadata(client_name="Thường", redirect_uris=("https://rp.example/cb",))


def register(app: FastAPI, ministry: Office, metadata: ClientMetadata, state: str = "live") -> str:
    with transaction(app.state.runtime.engine) as db:
        made = register_party(
            db,
            system_id=ministry.system_id,
            environment=Environment.PRODUCTION,
            state=RelyingPartyState(state),
            metadata=metadata,
            at=clock.now(),
        )
        return made.party.client_id


def changed(name: str, ministry: Office) -> ClientMetadata:
    return replace(PLAIN, **{name: (ministry.service,) if name == "service" else other_value(name)})


def told(metadata: ClientMetadata, name: str) -> list[str]:
    row, value = FIELDS[name], getattr(metadata, name)
    if isinstance(value, bool):
        return ["Yes" if value else "No"]
    if isinstance(value, int):
        return [f"{value:,}"]
    if isinstance(value, dict):
        return [key["kid"] for key in value["keys"]]
    items = value.split() if name == "scope" else [value] if isinstance(value, str) else value
    return [word for item in items if (word := row.words.get(item, item))]


def lines(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]))


@pytest.mark.parametrize("name", FIELDS)
def test_the_operator_sees_every_field(
    app: FastAPI, ministry: Office, operator: Visitor, name: str
) -> None:
    metadata = changed(name, ministry)
    words = [FIELDS[name].label or name, *told(metadata, name)]
    client_id = register(app, ministry, metadata, "submitted")
    seen = lines(operator.open(f"{BASE}/console/applications/{client_id}").text)
    assert len(words) > 1
    assert [word for word in words if word not in seen] == []


@pytest.mark.parametrize("name", FIELDS)
def test_the_agency_sees_every_field_that_a_change_is_about(
    app: FastAPI, ministry: Office, name: str
) -> None:
    metadata = changed(name, ministry)
    client_id = register(app, ministry, replace(PLAIN, client_name="Khác"))
    with transaction(app.state.runtime.engine) as db:
        record = find_party(db, client_id=client_id)
        assert record is not None
        change_party(db, party=record.party, metadata=metadata, at=clock.now())
    developer = staff_visitor(app, StaffRole.AGENCY_DEVELOPER, ministry)
    page = developer.open(f"{BASE}/portal/applications/{client_id}").text
    waiting = lines("<main" + page.partition("The change that waits for review")[2])
    assert [word for word in told(metadata, name) if word not in waiting] == []


@pytest.mark.parametrize("grant", GRANTS, ids=lambda grant: grant.name.rpartition(":")[2])
def test_a_grant_is_told_with_whoever_is_there(
    app: FastAPI, ministry: Office, operator: Visitor, grant: GrantType
) -> None:
    """C9: a person signs in for `device_code` and `implicit`, too."""
    metadata = replace(PLAIN, grant_types=(grant.name, "refresh_token"))
    client_id = register(app, ministry, metadata, "submitted")
    seen = lines(operator.open(f"{BASE}/console/applications/{client_id}").text)
    assert grant.words in seen
    assert ("A person signs in" in grant.words) is (grant.name in PERSON_GRANTS)
    assert ("For itself" in grant.words) is (grant.name in MACHINE_GRANTS)
