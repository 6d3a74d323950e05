"""Importing the population register: the line that is wrong is named."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.people.declaration import declare
from idp.people.models import Sex
from idp.people.population import (
    PopulationEntry,
    compare_declaration,
    import_population,
    read_entries,
)

NOW = clock.now()
KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")


def test_an_import_names_the_line_that_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    good = "number,name,birthdate,sex,residence_code\n001190000123,Nguyễn Thị Hoa,1990,female,01\n"
    path.write_text(good)
    with path.open() as file:
        assert len(list(read_entries(file, at=NOW))) == 1
    path.write_text(good + "1,Ai Đó,1990,female,\n")
    with path.open() as file, pytest.raises(InvalidInput, match="Line 3"):
        list(read_entries(file, at=NOW))


HEADER = b"number,name,birthdate,sex\n"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "lacks the columns"),
        (b"number;name;birthdate;sex\n", "lacks the columns"),
        (HEADER + b"001190000123,Nguy\xean,1990,female\n", "not UTF-8"),
        (HEADER + b'"001190000123,A B,1990,female\n', "this is not CSV"),
        (HEADER + b"1" * 200_000, "this is not CSV"),
        (HEADER + b"001190000123,Nguyen, Hoa,1990,female\n", "Line 2: This line has more"),
        (HEADER + b"001190000123,Nguyen Hoa,1990\n", "Line 2: This line has more"),
        (HEADER + b"001190000123,Nguyen Hoa,1990,cat\n", "Line 2: Unknown sex"),
        (
            b"number,name,birthdate,sex,email\n001190000123,Nguyen Hoa,1990,male,nobody\n",
            "Line 2: This is not an e-mail",
        ),
    ],
)
def test_a_file_that_is_no_register_is_refused_in_one_line(
    tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(content)
    with path.open(encoding="utf-8", newline="") as file, pytest.raises(InvalidInput) as refused:
        list(read_entries(file, at=NOW))
    assert told in refused.value.public


@pytest.mark.parametrize(
    ("kept", "typed", "differs"),
    [
        ("Lê Thị Hòa", "Lê Thị Hoà", ()),
        ("Đặng Thị Thuý", "Ðặng Thị Thúy", ()),
        ("Le\u0302 Thi\u0323 Hue\u0323\u0302", "Lê Thị Huệ", ()),
        ("Lê Thị Hòa", "Lê Thị Hoa", ("name",)),
        ("Lê Thị Hòa", "Lê Thị Hóa", ("name",)),
    ],
)
def test_a_name_in_another_spelling_is_the_registers(
    db: Session, kept: str, typed: str, differs: tuple[str, ...]
) -> None:
    """A8: whoever types their name as they learned it is not sent to a desk for that."""
    number, who = "001190930001", {"birthdate": "1990-01-02", "sex": "female"}
    entry = PopulationEntry(number, kept, who["birthdate"], Sex.FEMALE, "01")
    import_population(db, [entry], keyring=KEYRING, at=NOW)
    said = declare(number=number, name=typed, at=NOW, **who)
    assert compare_declaration(db, keyring=KEYRING, declaration=said)[1] == differs
    assert said.is_on_card(name=kept, birthdate=who["birthdate"]) is not bool(differs)
