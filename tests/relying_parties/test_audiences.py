"""An interface answers for one agency: nobody registers another's, nor the provider."""

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from idp.catalogue.add import add_systems
from idp.catalogue.models import InformationSystem
from idp.kit.errors import InvalidInput
from idp.relying_parties.applying import plan_changes
from idp.relying_parties.audiences import FOREIGN
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.declarations import Declaration
from idp.relying_parties.lifecycle import take_step
from idp.relying_parties.metadata import find_faults
from idp.relying_parties.models import Environment, RelyingPartyState
from idp.relying_parties.register import change_metadata, register_party
from idp.settings.server import IssuerSettings
from tests.relying_parties.conftest import NOW, Register

ISSUER = IssuerSettings(url="https://id.example.gov.vn")
LAND, ROADS = "https://land.example/api", "https://roads.example/api"
USUAL = ClientMetadata(client_name="A", redirect_uris=("https://rp.example/cb",))
SERVER = replace(USUAL, audiences=(LAND,))


@pytest.fixture
def foreign_id(db: Session, register: Register) -> object:
    """A system of another agency than the register's."""
    system = InformationSystem(
        code="land", agency_id=register.province_id, name_vi="Đất", name_en="Land"
    )
    return add_systems(db, [system])["land"]


def add(db: Session, system_id: object, metadata: ClientMetadata = SERVER, **values: object):  # type: ignore[no-untyped-def]
    usual = {"environment": Environment.PRODUCTION, "state": RelyingPartyState.LIVE}
    party = {**usual, **values}
    return register_party(db, system_id=system_id, metadata=metadata, at=NOW, **party).party  # type: ignore[arg-type]


@pytest.mark.parametrize("environment", list(Environment))
@pytest.mark.parametrize("state", [RelyingPartyState.LIVE, RelyingPartyState.SUSPENDED])
def test_nobody_registers_another_agencys_interface(
    db: Session,
    register: Register,
    foreign_id: object,
    environment: Environment,
    state: RelyingPartyState,
) -> None:
    """G19: as a new party or by a change, in either environment, whatever state the owner is in."""
    add(db, foreign_id, environment=environment, state=state)
    own = add(db, register.system_id, replace(SERVER, audiences=(ROADS,)))
    with pytest.raises(InvalidInput) as refused:
        add(db, register.system_id)
    found = refused.value
    assert (found.public, found.field, found.detail) == (FOREIGN, "audiences", LAND)
    with pytest.raises(InvalidInput, match=LAND):
        change_metadata(db, party=own, metadata=replace(SERVER, audiences=(ROADS, LAND)), at=NOW)
    assert own.audiences == [ROADS]


def test_one_agency_may_have_several_for_an_interface_and_gives_it_up(
    db: Session, register: Register, foreign_id: object
) -> None:
    """G19, control."""
    owners = [add(db, foreign_id), add(db, foreign_id, environment=Environment.SANDBOX)]
    change_metadata(db, party=owners[0], metadata=SERVER, at=NOW)
    assert take_step(db, relying_party_id=owners[0].id, step="retire", at=NOW)
    change_metadata(db, party=owners[1], metadata=USUAL, at=NOW)
    assert add(db, register.system_id).audiences == [LAND]


def test_a_file_says_which_are_anothers_before_anything_is_written(
    db: Session, register: Register, foreign_id: object
) -> None:
    """G19: by the register, and by what the file itself says before."""
    add(db, foreign_id)
    roads = replace(SERVER, audiences=(ROADS,))
    declared = [
        Declaration(system, Environment.SANDBOX, client_id, metadata)
        for system, client_id, metadata in (
            ("licences", "aaa", SERVER),
            ("licences", "bbb", roads),
            ("land", "ccc", roads),
        )
    ]
    with pytest.raises(InvalidInput) as refused:
        plan_changes(db, declared, issuer=ISSUER)
    lines = refused.value.public.splitlines()
    assert [line.partition(" is ")[0].partition(": This")[0] for line in lines] == [
        f"aaa: audiences ({LAND})",
        f"ccc: audiences ({ROADS})",
    ]


@pytest.mark.parametrize(
    "uri",
    [
        "https://id.example.gov.vn",
        "https://id.example.gov.vn/",
        "https://id.example.gov.vn/token",
        "https://id.example.gov.vn:443",
    ],
)
def test_the_provider_is_nobodys_interface(uri: str) -> None:
    """G19: tokens for userinfo are meant for it."""
    faults = find_faults(replace(USUAL, audiences=(uri,)), issuer=ISSUER)
    assert [fault.field for fault in faults] == ["audiences"]
    for good in (LAND, "https://id.example.gov.vn.example/api"):
        assert find_faults(replace(USUAL, audiences=(good,)), issuer=ISSUER) == []
    assert find_faults(replace(USUAL, resources=(uri,)), issuer=ISSUER) == []
