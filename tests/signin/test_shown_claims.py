"""Which lines the consent page has for the claims asked for."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from idp.people.models import PersonStatus, Sex
from idp.people.profile import PersonProfile
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


@pytest.mark.parametrize(
    ("asked", "labels"),
    [
        (["sub", "name", "given_name", "locale", "updated_at"], ["Full name"]),
        (["given_name"], ["Given name"]),
        (["email", "email_verified"], ["E-mail"]),
        (["email_verified"], ["Whether your e-mail address is verified"]),
        (["locale"], ["Language"]),
        (["phone_number"], []),
        (["sub", "updated_at"], []),
    ],
)
def test_a_part_asked_for_alone_has_a_line(asked: list[str], labels: list[str]) -> None:
    assert [claim.label for claim in show_claims(asked, PROFILE)] == labels
