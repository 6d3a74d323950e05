"""One term for one thing: what docs/words.md has retired is said in no sentence and no sample."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from babel.messages.pofile import read_po

import idp
from idp.kit.languages import LANGUAGES, SOURCE

PACKAGE = Path(idp.__file__).parent
GLOSSARY = PACKAGE.parent / "docs" / "words.md"
CODE = re.compile(r"LoA\d")
IN_WORDS = re.compile(r"(level|mức) (\d) \(LoA\2\)|LoA(\d) (for level|cho mức) \3", re.IGNORECASE)
"""A code of a level beside what it is: level 2 (LoA2)."""


class Term(NamedTuple):
    """A row of the glossary."""

    valid: tuple[str, ...]
    retired: tuple[str, ...]


class Text(NamedTuple):
    """A sentence as somebody reads it, and where it stands."""

    place: str
    language: str
    said: str


def read_glossary() -> list[Term]:
    rows = [line.strip("|").split("|") for line in GLOSSARY.read_text().splitlines() if "|" in line]
    cells = [[cell.strip() for cell in row] for row in rows[2:]]
    return [
        Term((*english.split("; "), *vietnamese.split("; ")), tuple(retired.split("; ")))
        for english, vietnamese, _meaning, retired in cells
    ]


def texts() -> Iterator[Text]:
    for code in LANGUAGES:
        for path in sorted((PACKAGE / "locale" / code).glob("*.po")):
            with path.open("rb") as file:
                for entry in read_po(file):
                    for language, value in ((SOURCE, entry.id), (code, entry.string)):
                        for said in (value,) if isinstance(value, str) else value:
                            yield Text(path.name, language, said)
    for page in sorted((PACKAGE.parent / "clients").glob("*/page.html")):
        for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
            yield Text(f"{page.parent.name}/page.html:{number}", "", line)


def whole(term: str) -> str:
    return rf"(?<!\w){re.escape(term)}(?!\w)"


def find_retired(term: Term, said: str) -> list[str]:
    """What of the retired the sentence still says, once valid forms that contain it are put aside.

    Valid is a term as the glossary spells it, or with a capital where a sentence begins.
    """
    for valid in sorted(term.valid, key=len, reverse=True):
        if any(retired.casefold() in valid.casefold() for retired in term.retired):
            capital = valid[0].upper() + valid[1:]
            said = said.replace(valid, "·").replace(capital, "·")
    return [each for each in term.retired if re.search(whole(each), said, re.IGNORECASE)]


TERMS, TEXTS = read_glossary(), list(texts())


def test_there_are_terms_and_texts() -> None:
    assert len(TERMS) > 20
    assert len({text.place for text in TEXTS}) > 25


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.valid[0])
def test_what_is_retired_is_said_nowhere(term: Term) -> None:
    found = [
        f"{text.place}: {each!r} in {text.said!r}"
        for text in TEXTS
        for each in find_retired(term, text.said)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.valid[0])
def test_it_would_be_found(term: Term) -> None:
    for retired in term.retired:
        for said in (f"Vui lòng: {retired}.", f"{retired[0].upper()}{retired[1:]} (OTP)"):
            assert retired in find_retired(term, said)
    assert find_retired(term, "; ".join(term.valid)) == [], "the control"


def test_a_level_is_not_named_by_its_code_alone() -> None:
    found = [
        f"{text.place}: {text.said}"
        for text in TEXTS
        if text.language and CODE.search(IN_WORDS.sub("", text.said))
    ]
    assert not found, "\n".join(found)
    assert CODE.search(IN_WORDS.sub("", "level 3 (LoA2)")), "the control"


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_product_has_one_name_in_a_language(code: str) -> None:
    others = {language.product for language in LANGUAGES.values()} - {LANGUAGES[code].product}
    own = [text for text in TEXTS if text.language == code]
    assert [text for text in own if any(other in text.said for other in others)] == []
    assert any(LANGUAGES[code].product in text.said for text in own), "the control"


NEW_PLACEMENT = re.compile(r"(?<![qQ])(o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])(?!\w)", re.IGNORECASE)
"""The tone on the second vowel of a syllable that ends there: “khoá”, “uỷ”; “quý” is spelt so."""


@pytest.mark.parametrize(("said", "is_new"), [("khoá", True), ("Uỷ ban", True), ("khóa", False)])
def test_the_search_for_tones_knows_both_placements(said: str, is_new: bool) -> None:
    """What stands within a syllable, “thoại”, “toàn”, or follows a q, is spelt one way only."""
    assert bool(NEW_PLACEMENT.search(said)) is is_new
    assert not NEW_PLACEMENT.search("quý toàn thoại quyền")


def test_tones_stand_where_official_vietnamese_has_them() -> None:
    """One spelling everywhere, as the law's: “hòa”, “hủy”, “Ủy ban”."""
    found = [(text.place, text.said) for text in texts() if NEW_PLACEMENT.search(text.said)]
    assert found == []
