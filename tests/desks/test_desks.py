"""Desks are entered from a file and found by the name of their commune, however it is typed."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from idp.desks.files import DESKS, Entering
from idp.desks.lookup import PAGE, find_desks, list_provinces
from idp.desks.names import commune_key
from idp.kit.errors import InvalidInput
from idp.kit.tables.imports import Report, import_rows, one_by_one
from idp.kit.tables.reader import read_rows
from idp.kit.tables.source import opened
from idp.places.load import load_places

TODAY = date(2026, 11, 20)
HEADER = "Mã,Tên,Địa chỉ,Mã xã,Xã,Mã tỉnh,Giờ làm việc,Điện thoại,Cần mang theo,Tên cũ,closed_on"
SON_TRA = (
    "A1,Bộ phận Một cửa phường Sơn Trà,1 đường Một,20263,Phường Sơn Trà,48,7:30–17:00,"
    "0236 1111,Thẻ căn cước,Phường Thọ Quang; Mân Thái,"
)
HAI_CHAU = "A2,Bộ phận Một cửa phường Hải Châu,2 đường Hai,20242,Phường Hải Châu,48,8:00–17:00,,,,"


def load(db: Session, folder: Path, *lines: str) -> Report:
    load_places(db)
    file = folder / "desks.csv"
    file.write_text("\n".join((HEADER, *lines)), encoding="utf-8")
    with opened(file) as source:
        return import_rows(read_rows(source, DESKS), one_by_one(Entering(db, TODAY).desk))


def found(db: Session, **asked: Any) -> list[str]:
    return [desk.code for desk in find_desks(db, on=TODAY, **asked).desks]


def test_a_file_given_again_changes_what_it_says_and_adds_what_is_new(
    db: Session, tmp_path: Path
) -> None:
    assert load(db, tmp_path, SON_TRA).counts["added"] == 1
    moved = SON_TRA.replace("0236 1111", "0236 2222")
    report = load(db, tmp_path, moved, HAI_CHAU)
    assert (report.added, report.changed, report.unchanged, report.refused) == (1, 1, 0, 0)
    assert report.changes[0].differences == {"telephone": ("0236 1111", "0236 2222")}
    assert load(db, tmp_path, moved, HAI_CHAU).counts["unchanged"] == 2


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("20263", "48", "commune_code"),
        (",48,", ",99,", "province_code"),
        ("0236 1111", "12", "telephone"),
        ("1 đường Một", "", "address"),
        ("A1", "Jan-34", "code"),
        ("A1", "1-Mar", "code"),
        ("0236 1111", "1-Mar-2036", "telephone"),
    ],
)
def test_a_line_that_cannot_be_is_refused_and_names_its_column(
    db: Session, tmp_path: Path, old: str, new: str, column: str
) -> None:
    report = load(db, tmp_path, SON_TRA.replace(old, new, 1))
    assert report.refused == 1
    assert report.faults[0].column == column


@pytest.mark.parametrize("code", ["48-001", "MAR-01", "H48.20263", "1E05"])
def test_a_code_that_only_looks_like_a_date_is_taken(
    db: Session, tmp_path: Path, code: str
) -> None:
    load(db, tmp_path, SON_TRA.replace("A1", code))
    assert found(db, commune="Sơn Trà") == [code]


@pytest.mark.parametrize(
    "typed",
    [
        "Sơn Trà",
        "son tra",
        "SƠN TRÀ",
        "phường Sơn Trà",
        "P. Son Tra",
        "xã Sơn Trà",
        "sơn  trà",
        "tho quang",
        "Phường Thọ Quang",
        "mân thái",
        "son",
    ],
)
def test_a_commune_is_found_however_it_is_typed_and_by_its_former_names(
    db: Session, tmp_path: Path, typed: str
) -> None:
    load(db, tmp_path, SON_TRA, HAI_CHAU)
    assert found(db, commune=typed) == ["A1"]
    assert found(db, commune="hai chau") == ["A2"], "the control: not everything is found"


def test_signs_are_letters_and_no_pattern(db: Session, tmp_path: Path) -> None:
    load(db, tmp_path, SON_TRA)
    assert found(db, commune="s%a") == []
    assert found(db, commune="so_ tra") == []


def test_a_whole_name_comes_before_a_part_of_one(db: Session, tmp_path: Path) -> None:
    longer = HAI_CHAU.replace("Phường Hải Châu", "Phường An Sơn Trà")
    load(db, tmp_path, longer.replace("A2", "A0"), SON_TRA)
    assert found(db, commune="Sơn Trà") == ["A1", "A0"]


def test_a_desk_that_closed_is_shown_no_more(db: Session, tmp_path: Path) -> None:
    closed, later = HAI_CHAU + "20/11/2026", SON_TRA + "21/11/2026"
    load(db, tmp_path, closed, later)
    assert found(db, province_code="48") == ["A1"]
    assert [(p.code, p.desks) for p in list_provinces(db, on=TODAY)] == [("48", 1)]


def test_a_province_with_many_is_paged(db: Session, tmp_path: Path) -> None:
    lines = [HAI_CHAU.replace("A2", f"B{n:03}") for n in range(PAGE + 1)]
    load(db, tmp_path, *lines)
    first = find_desks(db, on=TODAY, province_code="48")
    last = find_desks(db, on=TODAY, province_code="48", page=9)
    assert (len(first.desks), first.total, first.pages) == (PAGE, PAGE + 1, 2)
    assert (len(last.desks), last.page) == (1, 2)


def test_a_name_that_is_a_kind_is_kept() -> None:
    assert commune_key("Phường Xã Tắc") == "xa tac"
    assert commune_key("Xã") == "xa"


def test_an_unknown_province_is_a_refusal_and_no_crash(db: Session) -> None:
    with pytest.raises(InvalidInput):
        Entering(db, TODAY).desk({"province_code": "99"})
