"""By which `sub` and `sid` a relying party knows a person and a session: whose sector it is in."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from idp.catalogue.models import Tier
from idp.kit.crypto import Keyring
from idp.relying_parties.models import Environment, RelyingPartyState
from idp.relying_parties.party import RegisteredAgency, RegisteredParty
from idp.relying_parties.subjects import sid_of, subject_of

PERSON = UUID("00000000-0000-4000-8000-000000000001")
SESSION = UUID("00000000-0000-4000-8000-000000000002")
KEYRING = Keyring(["k" * 32], "l" * 32)
MINISTRY = RegisteredAgency("Bộ", "Ministry", uuid4(), "G01", Tier.CENTRAL)
PROVINCE = RegisteredAgency("Tỉnh", "Province", uuid4(), "H01", Tier.PROVINCE)
HOST = "https://service.ministry.example/callback"
DOCUMENT = "https://ministry.example/redirect-uris.json"


def party(client_id: str, **values: Any) -> RegisteredParty:
    """The ministry's web application in production, with pairwise subjects, unless said else."""
    usual: dict[str, Any] = {
        "id": uuid4(),
        "client_id": client_id,
        "client_secret_hash": None,
        "environment": Environment.PRODUCTION,
        "state": RelyingPartyState.LIVE,
        "client_name": "Dịch vụ",
        "redirect_uris": (HOST,),
        "subject_type": "pairwise",
        "system_id": uuid4(),
        "system_code": "SYS",
        "system_name_vi": "",
        "system_name_en": "",
        "agency": MINISTRY,
        "default_service": None,
        "services": {},
    }
    return RegisteredParty(**{**usual, **values})


def known_by(one: RegisteredParty) -> str:
    return subject_of(PERSON, one, KEYRING)


WEB = party("web")
DOCUMENTED = party("documented", sector_identifier_uri=DOCUMENT)
NATIVE = party("native", application_type="native", redirect_uris=("http://127.0.0.1/cb",))


@pytest.mark.parametrize(
    ("one", "subject"),
    [
        (WEB, "a8c52b49bee9b2bec0d0cf7b9d640e545904a6c161d0b1ea89934b406711d291"),
        (DOCUMENTED, "76c1afb885ef4adb3bf74cf2066f4cd28ec950769cb154526769fd7f1b9c7f71"),
        (NATIVE, "95a4e8da5df4514ca03c866ac3d3e02a7b91654ffe2adc1bcc9711e5a3daf8b0"),
        (
            party("device", redirect_uris=()),
            "5c47ace6dab0750c7dbf9aea1e26410b36edcda333ece4bb5341dd01e4c3e1d8",
        ),
        (replace(WEB, subject_type="public"), PERSON.hex),
    ],
    ids=["host", "document", "native", "no address", "public"],
)
def test_subjects_of_approved_clients_never_change(one: RegisteredParty, subject: str) -> None:
    """Agencies keep their people by them: these are the values of the first edition."""
    assert known_by(one) == subject


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"sector_identifier_uri": DOCUMENT},
        {"application_type": "native"},
        {"application_type": "native", "redirect_uris": ("http://127.0.0.1/cb",)},
        {"application_type": "native", "redirect_uris": ("example.ministry:/cb",)},
        {"application_type": "native", "sector_identifier_uri": DOCUMENT},
        {"redirect_uris": (), "sector_identifier_uri": DOCUMENT},
        {"agency": MINISTRY},
        {"subject_type": "public"},
    ],
)
def test_who_names_anothers_host_in_the_sandbox_gets_other_subjects(values: dict[str, Any]) -> None:
    """G8, G22: nobody approved it, so whatever it names, its subjects are none of production."""
    victims = (WEB, DOCUMENTED, NATIVE, replace(WEB, subject_type="public"))
    named = party("attacker", environment=Environment.SANDBOX, **{"agency": PROVINCE, **values})
    assert known_by(named) not in {known_by(victim) for victim in victims}
    assert sid_of(SESSION, named, KEYRING) not in {sid_of(SESSION, v, KEYRING) for v in victims}


def test_clients_of_the_sandbox_share_subjects_only_by_a_document_of_their_agency() -> None:
    """G8: the document proves nothing of a client that no redirect leads to; the agency does."""
    one, other = (
        replace(party(name, sector_identifier_uri=DOCUMENT), environment=Environment.SANDBOX)
        for name in ("one", "other")
    )
    assert known_by(one) == known_by(other)
    assert known_by(one) != known_by(replace(other, agency=PROVINCE))
    without = [replace(each, sector_identifier_uri="") for each in (one, other)]
    assert known_by(without[0]) != known_by(without[1])


def test_hosts_that_an_operator_approved_share_subjects() -> None:
    """The control of G8: clients of production at one host, or with one document, are a sector."""
    assert known_by(WEB) == known_by(replace(WEB, client_id="second"))
    moved = replace(DOCUMENTED, client_id="second", redirect_uris=("https://else.example/cb",))
    assert known_by(DOCUMENTED) == known_by(moved)
    assert known_by(NATIVE) != known_by(replace(NATIVE, client_id="second"))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "service.localhost"])
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_loopback_host_joins_no_clients(scheme: str, host: str) -> None:
    """G8: it is every machine's, so no approval verifies it; the control is the test above."""
    address = f"{scheme}://{host}/cb"
    for named in ({"redirect_uris": (address,)}, {"sector_identifier_uri": address}):
        one = party("one", **named)
        assert known_by(one) != known_by(replace(one, client_id="other", agency=PROVINCE))
        assert one.sector == "client:one"


def test_a_session_has_a_name_of_its_own_in_each_sector() -> None:
    """G7: two sectors cannot join their people by `sid`; what is one sector, stays one."""
    parties = (WEB, DOCUMENTED, NATIVE, replace(NATIVE, client_id="second"))
    names = [sid_of(SESSION, one, KEYRING) for one in parties]
    assert len({*names, SESSION.hex}) == 5
    assert sid_of(SESSION, replace(WEB, client_id="second"), KEYRING) == names[0]
    assert sid_of(uuid4(), WEB, KEYRING) != names[0]
    public = [replace(one, subject_type="public") for one in parties]
    assert len({sid_of(SESSION, one, KEYRING) for one in public}) == 4


def test_no_key_that_is_rotated_changes_a_subject_or_a_session() -> None:
    after = Keyring(["n" * 32], "m" * 32, other_lookup_secrets=["l" * 32], subject_secret="l" * 32)
    assert subject_of(PERSON, WEB, after) == known_by(WEB)
    assert sid_of(SESSION, WEB, after) == sid_of(SESSION, WEB, KEYRING)


def test_no_host_is_called_as_a_sector_of_the_sandbox_is() -> None:
    for one in (WEB, party("native", application_type="native"), DOCUMENTED):
        assert ":" not in one.sector or one.sector.startswith("client:")
        assert replace(one, environment=Environment.SANDBOX).sector.startswith("sandbox:")
