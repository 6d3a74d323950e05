"""Every sentence a person can read has its Vietnamese, and every translation its sentence."""

import re
from pathlib import Path

from babel.messages.catalog import Message as Entry
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import idp
from idp.web.messages import Catalogue, Message

PACKAGE = Path(idp.__file__).parent
LOCALE = PACKAGE / "locale" / "vi"
NOT_FOR_PEOPLE = ("cli/", "demo/", "kit/")
"""Operators read English."""
KEYWORDS = {
    **dict.fromkeys(
        (
            "_",
            "N_",
            "gettext",
            "Message",
            "InvalidInput",
            "NotFound",
            "Overloaded",
            "PasswordProblem",
        )
    ),
    "Fault": (2,),
    "ngettext": (1, 2),
}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def written() -> dict[str, str]:
    """Every sentence with the file that has it; plurals by their singular."""
    found = {}
    for file, _line, sentence, _comments, _context in extract_from_dir(
        PACKAGE, method_map=METHODS, keywords=KEYWORDS
    ):
        text = sentence if isinstance(sentence, str) else sentence[0]
        if text.strip() and not file.startswith(NOT_FOR_PEOPLE):
            found[text] = file
    return found


def translated() -> list[tuple[str, Entry]]:
    """Every entry of the Vietnamese catalogues with the file that has it."""
    entries = []
    for path in sorted(LOCALE.glob("*.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale="vi", abort_invalid=True)
        entries += [(path.name, entry) for entry in catalog if entry.id]
    return entries


def source(entry: Entry) -> str:
    return entry.id if isinstance(entry.id, str) else entry.id[0]


def texts(value: str | list[str] | tuple[str, ...] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def test_every_sentence_is_translated() -> None:
    known = {source(entry) for _, entry in translated() if entry.string and not entry.fuzzy}
    missing = sorted(f"{file}: {text!r}" for text, file in written().items() if text not in known)
    assert not missing, "\n".join(["no Vietnamese for", *missing])


def test_no_translation_is_left_over() -> None:
    sentences = written()
    unused = [f"{name}: {source(e)!r}" for name, e in translated() if source(e) not in sentences]
    assert not unused, "\n".join(["nowhere used:", *unused])


def test_a_sentence_has_the_same_translation_in_every_room() -> None:
    seen: dict[str, Entry] = {}
    for name, entry in translated():
        other = seen.setdefault(source(entry), entry)
        assert texts(other.string) == texts(entry.string), f"{name}: {source(entry)!r}"


def test_translations_keep_the_placeholders() -> None:
    for name, entry in translated():
        expected = set(PLACEHOLDER.findall(source(entry)))
        for text in texts(entry.string):
            assert set(PLACEHOLDER.findall(text)) == expected, f"{name}: {source(entry)!r}"


def test_sentences_are_translated_with_their_values() -> None:
    vietnamese, english = Catalogue.load("vi"), Catalogue.load("en")
    one = "Please try again in %(num)s second."
    many = "Please try again in %(num)s seconds."
    assert english.ngettext(one, many, 1) == "Please try again in 1 second."
    assert english.ngettext(one, many, 3) == "Please try again in 3 seconds."
    assert vietnamese.ngettext(one, many, 3) == "Vui lòng thử lại sau 3 giây."
    assert vietnamese.gettext("100% unknown") == "100% unknown"
    assert english.gettext(Message("at least %(count)s", count=15)) == "at least 15"
