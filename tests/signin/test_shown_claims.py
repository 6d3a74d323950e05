"""Which lines the consent page has for the claims asked for."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from idp.mandates.representations import RepresentedOrganization
from idp.people.models import PersonStatus, Sex
from idp.people.profile import PersonProfile
from idp.relying_parties.scopes import CLAIMS, Claim
from idp.signin.shown_claims import show_claims

PROFILE = PersonProfile(
    person_id=uuid4(),
    subject_number=1,
    status=PersonStatus.ACTIVE,
    proofing=1,
    credentials_epoch=0,
    name="Trần Thị Bình",
    birthdate="1990-02-03",
    sex=Sex.FEMALE,
    nationality="VN",
    residence_code=None,
    locale="vi",
    claims={},
    updated_at=datetime(2026, 1, 1, tzinfo=UTC),
    citizen_number="",
    email="binh@example.vn",
    email_verified=True,
    phone="",
    phone_verified=False,
)


COMPANY = RepresentedOrganization(
    mandate_id=uuid4(),
    organization_number=1,
    tax_code="0100109106",
    name="Công ty Một",
    role="delegate",
    service_ids=None,
)
MADE = ("name", "birthdate", "gender", "email", "phone_number", "organization")
"""Claims whose value is shown though it is not kept as it is told."""
RICH = replace(
    PROFILE,
    phone="+84912345678",
    claims={
        "nickname": "Bin",
        "profile": "https://people.example/binh",
        "picture": "https://people.example/binh.jpg",
        "website": "https://binh.example",
        "zoneinfo": "Asia/Ho_Chi_Minh",
        "preferred_username": "binh",
        "address": {"formatted": "1 Tràng Tiền, Hà Nội"},
    },
)


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=lambda claim: claim.name)
def test_each_claim_asked_for_alone_has_a_line_unless_it_says_nothing(claim: Claim) -> None:
    found = show_claims([claim.name], RICH, organization=COMPANY)
    assert [line.label for line in found] == ([claim.words] if claim.words else [])
    if claim.is_kept or claim.name in MADE:
        assert found[0].value


def test_what_a_person_has_not_is_said_to_be_absent() -> None:
    """G24: a claim is agreed to when its value was shown, or that there is none."""
    nobody = replace(PROFILE, email="")
    asked = [*(n for n, claim in CLAIMS.items() if claim.is_kept), "email", "phone_number"]
    assert [line.is_absent for line in show_claims(asked, nobody)] == [True] * len(asked)
    assert [line.is_absent for line in show_claims(asked, RICH)] == [False] * len(asked)


def test_what_is_released_of_an_organization_is_shown() -> None:
    """G24: the tax code and the role go out with the name."""
    [acting] = show_claims(["organization"], RICH, organization=COMPANY)
    assert (acting.value, acting.organization) == ("Công ty Một", COMPANY)
    [alone] = show_claims(["organization"], RICH)
    assert (alone.value, alone.is_word) == ("None: you act for yourself", True)
    assert (alone.is_absent, alone.organization) == (False, None)


@pytest.mark.parametrize(
    ("asked", "labels"),
    [
        (["sub", "name", "given_name", "locale", "updated_at"], ["Full name"]),
        (["given_name"], ["Given name"]),
        (["email", "email_verified"], ["E-mail"]),
        (["email_verified"], ["Whether your e-mail address is verified"]),
        (["locale"], ["Language"]),
        (["phone_number"], ["Phone"]),
        (["sub", "updated_at"], ["The day your details were last changed"]),
        (["sub"], []),
    ],
)
def test_a_part_asked_for_alone_has_a_line(asked: list[str], labels: list[str]) -> None:
    """G24: whatever is released is said, if not beside what says more."""
    assert [claim.label for claim in show_claims(asked, PROFILE)] == labels
