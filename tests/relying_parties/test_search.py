"""What operators look for among the applications, however they write it."""

import pytest
from sqlalchemy.orm import Session

from idp.relying_parties.lookup import search_parties
from tests.support.people import add_agency, add_relying_party


@pytest.mark.parametrize(
    "text",
    [
        "Hoà Bình",
        "Hòa Bình",
        "HÒA BÌNH",
        "hoa binh",
        "Hoa\u0300 Bi\u0300nh",
        "Đặng",
        "Ðặng",
        "dang",
    ],
)
def test_an_application_is_found_however_its_name_is_spelled(db: Session, text: str) -> None:
    """A8: with the tone in either place, in capitals, in any Unicode form, or without marks."""
    agency = add_agency(db, code="G77")
    party = add_relying_party(db, client_id="found", agency=agency)
    party.client_name = "Cổng Hoà Bình – Đặng Xá"
    other = add_relying_party(db, client_id="other", agency=agency)
    other.client_name = "Cổng Hải Phòng"
    db.flush()
    assert [record.party.client_id for record in search_parties(db, text=text, limit=9)] == [
        "found"
    ]


def test_a_search_takes_signs_as_they_are(db: Session) -> None:
    """A8: a percent sign stands for nothing else."""
    party = add_relying_party(db, client_id="percent", agency=add_agency(db, code="G77"))
    party.client_name = "Miễn 100% phí"
    db.flush()
    found = {text: len(search_parties(db, text=text, limit=9)) for text in ("100%", "1%0", "_")}
    assert found == {"100%": 1, "1%0": 0, "_": 0}
