"""C3: whoever is sent to a desk is shown the way to one, on every page, in every error and letter.

A sentence that is new stands here by itself: templates, code and translations are read. What names
a desk without sending anybody there is listed, with the reason.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import idp
from idp.mail.notices import NOTICES
from idp.mail.words import DESKS
from idp.web.desks import PATH, sends_to_desk
from idp.web.messages import Message

PACKAGE = Path(idp.__file__).parent
KEYWORDS = {
    **dict.fromkeys(("_", "N_", "gettext", "InvalidInput", "NotFound", "Overloaded", "Message")),
    "ngettext": (1, 2),
}
NAMES_ONE = re.compile(r"\bdesks?\b|one-stop shop|public service centre", re.IGNORECASE)
IN_VIETNAMESE = re.compile(r"một cửa(?! ID)|điểm hỗ trợ|phục vụ hành chính công", re.IGNORECASE)
FOR_OFFICIALS = ("console/", "cli/", "demo/", "kit/", "accounts/", "desks/")
"""They are the desk."""
SENDS_NOBODY = {
    "Code for the desk": "a link's name: it stands beside a sentence that does",
    "Ask for it when you stand at the desk.": "they are there",
    "Printed at a desk on %(date)s.": "who did it",
    "Sign in there, and open “My account”, “My details”, “Code for the desk”. An official compares "
    "you with your card and verifies you.": "the way stands above",
    "At a desk": "a heading; the sentence stands below",
    "by a one-stop shop": "who did it",
    "Ways to sign in that were added within the last 7 days, and that you have not shown now, no "
    "longer work. For 24 hours you can have them back. Those that a one-stop shop gave you, or saw "
    "with you, stay.": "who did it",
    "Account given back to you at a desk": "who did it",
    "More one-stop shops prove identities": "what an official could do for the figures",
    "more one-stop shops prove identities": "the same, within a sentence",
    "The province names more officials of one-stop shops; the operator gives them their posts, and "
    "they verify people face to face.": "the same, step by step",
    "The legal representative is verified at a one-stop shop, then signs in and chooses the "
    "enterprise.": "the same, step by step",
    "Find a one-stop shop near you": "the way itself",
    "Find desks": "the way itself",
    "No desk found": "what was found",
    "Desks in %(province)s": "what was found",
    "%(num)s desk": "what was found",
    "Pages of desks": "what was found",
    "These desks are made up: there is nobody at these addresses and numbers.": "of those listed",
    "The list of desks is not here yet. Ask the People's Committee of your commune for its "
    "one-stop shop.": "there is no list to lead to",
    "Officials help you in person, free of charge, at the one-stop shops and public service "
    "centres of communes and provinces. Bring your ID card.": "the search stands below",
    "Do you still have the old phone? Then you need no desk: move the app over by yourself.": (
        "it keeps from going"
    ),
    "This is a demonstration. All people, agencies, desks and telephone numbers are made up, and "
    "nothing done here has any legal effect.": "of the demo",
    "An official at a one-stop shop enters it after looking at your ID card. It shows that you are "
    "the one who is signed in here.": "they are there",
    DESKS: "the way itself",
}


def sentences() -> Iterator[tuple[Path, int, str]]:
    """The file, line and English of every sentence that names a desk."""
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    for file, line, sentence, *_ in extract_from_dir(
        PACKAGE, method_map=methods, keywords=KEYWORDS
    ):
        text = sentence if isinstance(sentence, str) else sentence[0]
        is_for_officials = file.startswith(FOR_OFFICIALS) or file.startswith("templates/console/")
        if text and not is_for_officials and NAMES_ONE.search(text):
            yield PACKAGE / file, line, text


ALL = list(sentences())


def test_they_are_found() -> None:
    assert len(ALL) > 30
    assert set(SENDS_NOBODY) <= {text for _, _, text in ALL}


@pytest.mark.parametrize(
    ("file", "line", "text"),
    [each for each in ALL if each[2] not in SENDS_NOBODY],
    ids=lambda each: str(each)[-40:],
)
def test_a_sentence_that_sends_somebody_to_a_desk_shows_the_way(
    file: Path, line: int, text: str
) -> None:
    """In a template beside it; of code, its words are those by which whoever shows it knows."""
    if file.suffix == ".html":
        after = file.read_text("utf-8").split("\n")[line - 1]
        assert "{{ desks() }}" in after.partition(text[:20])[2], f"{file}:{line}"
    else:
        assert sends_to_desk(text), f"{file}:{line}"


def test_no_translation_sends_where_its_sentence_does_not() -> None:
    for path in (PACKAGE / "locale" / "vi").glob("*.po"):
        if f"{path.stem}/" in FOR_OFFICIALS:
            continue
        with path.open("rb") as file:
            for entry in read_po(file):
                said = entry.string if isinstance(entry.string, str) else entry.string[0]
                text = entry.id if isinstance(entry.id, str) else entry.id[0]
                if text and IN_VIETNAMESE.search(said) and path.stem != "console":
                    assert NAMES_ONE.search(text), f"{path.name}: {text}"


def test_what_code_says_is_told_by_its_words() -> None:
    assert sends_to_desk(Message("Go to a one-stop shop in %(num)s hour.", num=1))
    assert not sends_to_desk("This code is not right."), "the control"


def test_a_letter_that_sends_somebody_there_names_the_list() -> None:
    assert f"%(site)s{PATH}" in DESKS
    assert sends_to_desk(NOTICES["person.password_changed"].not_you)


def test_the_samples_show_the_way_too() -> None:
    """Theirs is an address at the provider."""
    for page in (PACKAGE.parent / "clients").glob("*/page.html"):
        for line in page.read_text("utf-8").splitlines():
            text = line.partition("<footer")[0]
            if NAMES_ONE.search(text) or IN_VIETNAMESE.search(text):
                assert 'href="{{ desks }}"' in text, f"{page}: {text}"
