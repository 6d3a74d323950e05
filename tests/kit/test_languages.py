"""The product's languages stand in one table; nothing else knows them by name."""

import ast
import re
from pathlib import Path

import pytest
from babel import Locale

import idp
from idp.kit.languages import DEFAULT, LANGUAGES, SOURCE, name_in

PACKAGE = Path(idp.__file__).parent
TABLE = PACKAGE / "kit" / "languages.py"


def test_vietnamese_comes_first_and_every_row_is_a_language_that_babel_knows() -> None:
    assert DEFAULT == "vi"
    for code, language in LANGUAGES.items():
        locale = Locale.parse(language.locale)
        assert (code, code) == (language.code, locale.language)
        assert language.own_name.casefold() == str(locale.language_name).casefold()


def test_every_language_but_that_of_the_code_has_translations() -> None:
    folders = {path.name for path in (PACKAGE / "locale").iterdir()}
    assert folders == {*LANGUAGES} - {SOURCE}


def test_no_other_file_names_a_language() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        if path != TABLE
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value in LANGUAGES
    ]
    compared = re.compile(rf"[=(,] *['\"]({'|'.join(LANGUAGES)})['\"]")
    written = re.compile(r'\blang="\w+"')
    for path in PACKAGE.rglob("*.html"):
        text = written.sub("", path.read_text("utf-8"))
        found += [f"{path.name}: {match[0]}" for match in compared.finditer(text)]
    assert not found, found


@pytest.mark.parametrize(
    ("language", "english", "name"),
    [("vi", "Transport", "Giao thông"), ("en", "Transport", "Transport"), ("en", "", "Giao thông")],
)
def test_a_register_s_name_is_vietnamese_where_there_is_no_other(
    language: str, english: str, name: str
) -> None:
    assert name_in(language, vietnamese="Giao thông", english=english) == name
