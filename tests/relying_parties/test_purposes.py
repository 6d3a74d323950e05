"""D2: production says what people's data is for; a consent is for that and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from idp.kit.errors import InvalidInput
from idp.relying_parties.applying import apply_declarations
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.declarations import read_declarations
from idp.relying_parties.metadata import find_faults, find_production_faults
from idp.relying_parties.models import RelyingParty
from idp.relying_parties.party import RegisteredParty, load_live_party
from idp.settings.server import IssuerSettings
from tests.relying_parties.conftest import NOW, Register
from tests.support.client_fields import PURPOSE

ISSUER = IssuerSettings(url="https://id.example")
USUAL = ClientMetadata(
    client_name="Đổi giấy phép", redirect_uris=("https://gplx.example.vn/cb",), **PURPOSE
)


@pytest.mark.parametrize("name", PURPOSE)
def test_production_needs_each_of_them(name: str) -> None:
    assert list(find_production_faults(USUAL)) == []
    assert [fault.field for fault in find_production_faults(replace(USUAL, **{name: ""}))] == [name]


def test_who_never_hears_of_people_needs_none() -> None:
    machine = ClientMetadata(client_name="Kho", grant_types=("client_credentials",))
    assert list(find_production_faults(machine)) == []


@pytest.mark.parametrize(
    "lines",
    [
        ("phone_number",),
        ("phone_number:",),
        ("unheard_of: để gọi",),
        ("sub: để gọi",),
        ("phone_number: để gọi", "phone_number: để nhắn"),
        ("phone_number: " + "x" * 201,),
    ],
)
def test_a_purpose_of_single_data_names_data_that_people_see(lines: tuple[str, ...]) -> None:
    faults = find_faults(replace(USUAL, claim_purposes_vi=lines), issuer=ISSUER)
    assert [fault.field for fault in faults] == ["claim_purposes_vi"]
    good = ("phone_number: để gọi", "email: để gửi biên nhận")
    assert find_faults(replace(USUAL, claim_purposes_vi=good), issuer=ISSUER) == []


@pytest.mark.parametrize("text", ["x" * 201, "a\nb", " để", "…", "a\u200bb"])
def test_a_purpose_is_a_line_that_people_can_read(text: str) -> None:
    faults = find_faults(replace(USUAL, purpose_vi=text), issuer=ISSUER)
    assert [fault.field for fault in faults] == ["purpose_vi"]


def test_a_file_for_production_says_it(
    db: Session, register: Register, declare: Callable[..., str]
) -> None:
    """The control: in the sandbox nobody is asked for it."""
    without = dict.fromkeys(PURPOSE, "")
    values: dict[str, Any] = {"issuer": ISSUER, "at": NOW}
    apply_declarations(db, read_declarations(declare(**without)), **values)
    live = {"environment": '"production"', "client_id": '"web"'}
    with pytest.raises(InvalidInput) as refused:
        apply_declarations(db, read_declarations(declare(**without, **live)), **values)
    assert all(name in refused.value.public for name in PURPOSE)
    apply_declarations(db, read_declarations(declare(**live)), **values)
    party = load_live_party(db.connection(), client_id="web")
    assert party is not None
    assert (party.purpose("vi"), party.purpose("en")) == (
        PURPOSE["purpose_vi"],
        PURPOSE["purpose_en"],
    )
    _one_key_for_one_purpose(party)


def test_what_is_live_without_a_purpose_needs_one_when_it_changes(
    db: Session, register: Register, declare: Callable[..., str]
) -> None:
    """Decision 40: a file that holds it as it is changes nothing, and is not refused."""
    values: dict[str, Any] = {"issuer": ISSUER, "at": NOW}
    live = {"environment": '"production"', "client_id": '"old"'}
    apply_declarations(db, read_declarations(declare(**live)), **values)
    old = update(RelyingParty).where(RelyingParty.client_id == "old")
    db.execute(old.values(dict.fromkeys(PURPOSE, "")))
    db.expire_all()
    without = {**dict.fromkeys(PURPOSE, ""), **live}
    [applied] = apply_declarations(db, read_declarations(declare(**without)), **values)
    assert applied.client_id == "old"
    changed = read_declarations(declare(**without, client_name='"Tên khác"'))
    with pytest.raises(InvalidInput) as refused:
        apply_declarations(db, changed, **values)
    assert all(name in refused.value.public for name in PURPOSE)


def _one_key_for_one_purpose(party: RegisteredParty) -> None:
    """Case, blanks, the place of a tone and the translation are no other purpose."""

    def key(**changes: Any) -> str:
        return replace(party, **changes).purpose_key

    same = ({"purpose_vi": "Đổi  giấy phép LÁI xe"}, {"purpose_en": "driving"}, {"policy_uri": ""})
    assert {key(**change) for change in same} == {party.purpose_key} != {""}
    others = (
        {"purpose_vi": "gửi quảng cáo"},
        {"claim_purposes_vi": ("email: để gửi quảng cáo",)},
        {"purpose_vi": ""},
    )
    assert len({party.purpose_key, *(key(**change) for change in others)}) == 4
    assert key(purpose_vi="") == ""


def test_what_single_data_is_for_is_said_in_either_language(
    db: Session, register: Register, declare: Callable[..., str]
) -> None:
    lines = {
        "claim_purposes_vi": '["email: để gửi biên nhận", "phone_number: để gọi"]',
        "claim_purposes_en": '["email: to send the receipt"]',
    }
    declared = read_declarations(declare(client_id='"web"', **lines))
    apply_declarations(db, declared, issuer=ISSUER, at=NOW)
    party = load_live_party(db.connection(), client_id="web")
    assert party is not None
    assert party.claim_purposes("vi")["email"] == "để gửi biên nhận"
    assert party.claim_purposes("en") == {
        "email": "to send the receipt",
        "phone_number": "để gọi",
    }


@pytest.mark.parametrize("needed", [("email",), ("phone_number", "email"), ("email_verified",)])
def test_what_it_cannot_do_without_is_asked_for_and_can_be_given(needed: tuple[str, ...]) -> None:
    faults = find_faults(replace(USUAL, scope="openid phone", needed_claims=needed), issuer=ISSUER)
    assert [fault.field for fault in faults] == ["needed_claims"]
    both = ("email", "phone_number")
    client = replace(USUAL, scope="openid phone email", needed_claims=both)
    assert find_faults(client, issuer=ISSUER) == []
