"""Tax codes are checked, written one way, and folded to the enterprise."""

import pytest

from idp.kit.errors import InvalidInput
from idp.organizations import tax_codes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0100233488", "0100233488"),
        (" 01.00112437 ", "0100112437"),
        ("0100109106", "0100109106"),
        ("0314409058-002", "0314409058-002"),
        ("0312687878001", "0312687878-001"),
    ],
)
def test_a_valid_code_is_written_one_way(text: str, code: str) -> None:
    assert tax_codes.normalise(text) == code


@pytest.mark.parametrize("text", ["", "0100233480", "010023348", "0314409058-000", "x" * 5000])
def test_a_wrong_code_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        tax_codes.normalise(text)


def test_a_branch_folds_into_its_enterprise() -> None:
    assert tax_codes.enterprise_code("0314409058-002") == "0314409058"
    assert tax_codes.is_branch("0314409058-002")
    assert not tax_codes.is_branch("0314409058")
