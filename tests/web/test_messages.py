"""Every sentence a person can read has its translations, and every translation its sentence."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from starlette.requests import Request
from starlette.testclient import TestClient

import idp
from idp.kit.languages import LANGUAGES, SOURCE, Language
from idp.kit.po import read_po as read_ours
from idp.web.messages import Catalogue, Message
from idp.web.templates import Pages

PACKAGE = Path(idp.__file__).parent
TRANSLATED = [language for language in LANGUAGES.values() if language.code != SOURCE]
NOT_FOR_PEOPLE = ("cli/", "demo/", "kit/")
"""Operators read English."""
OFFICIALS_READ = "kit/tables/"
"""What is wrong with a file that an official sends."""
KEYWORDS = {
    **dict.fromkeys(("_", "N_", "gettext", "InvalidInput", "NotFound", "Overloaded")),
    "Message": {None: (1,), 3: (1, 2)},
    "Fault": (2,),
    "ngettext": (1, 2),
}
"""What marks a sentence, and which arguments hold it; of a `Message` of three, two are forms."""
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
COUNTED = re.compile(r"%\((?!(?:name|party|month|points)\b)\w+\)s (?:[\w-]+ )?\w+s\b|\w\(s\)")
"""A number before a plural: `%(days)s days`, `%(count)s public services`, `day(s)`.

Names, months and decimals (`1.0 points`) have no form for one.
"""

EVERY_LANGUAGE = pytest.mark.parametrize("language", TRANSLATED, ids=lambda each: each.code)


def written() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The file and the forms of every sentence: one, or two where it counts something."""
    for file, _line, sentence, _comments, _context in extract_from_dir(
        PACKAGE, method_map=METHODS, keywords=KEYWORDS
    ):
        forms = (sentence,) if isinstance(sentence, str) else tuple(sentence)
        is_read = file.startswith(OFFICIALS_READ) or not file.startswith(NOT_FOR_PEOPLE)
        if forms[0].strip() and is_read:
            yield file, forms


def catalogs(language: Language) -> Iterator[tuple[str, Catalog]]:
    """The name and the content of each file of translations."""
    for path in sorted((PACKAGE / "locale" / language.code).glob("*.po")):
        with path.open("rb") as file:
            yield path.name, read_po(file, locale=language.locale, abort_invalid=True)


def translated(language: Language) -> list[tuple[str, Entry]]:
    """Every entry with the file that has it."""
    return [(name, entry) for name, catalog in catalogs(language) for entry in catalog if entry.id]


def texts(value: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


@EVERY_LANGUAGE
def test_every_sentence_is_translated_in_all_its_forms(language: Language) -> None:
    known = {
        texts(entry.id)
        for _, entry in translated(language)
        if all(texts(entry.string)) and entry.string and not entry.fuzzy
    }
    one_form = {forms[:1] for forms in known}
    missing = sorted(
        f"{file}: {forms!r}"
        for file, forms in written()
        if forms not in (known if len(forms) > 1 else one_form)
    )
    assert not missing, "\n".join([f"no {language.own_name} for", *missing])


@EVERY_LANGUAGE
def test_no_translation_is_left_over(language: Language) -> None:
    sentences = {forms[0] for _, forms in written()}
    unused = [
        f"{name}: {e.id!r}" for name, e in translated(language) if texts(e.id)[0] not in sentences
    ]
    assert not unused, "\n".join(["nowhere used:", *unused])


@EVERY_LANGUAGE
def test_a_sentence_has_the_same_translation_in_every_room(language: Language) -> None:
    seen: dict[str, Entry] = {}
    for name, entry in translated(language):
        other = seen.setdefault(texts(entry.id)[0], entry)
        assert texts(other.string) == texts(entry.string), f"{name}: {entry.id!r}"


@EVERY_LANGUAGE
def test_translations_keep_the_placeholders(language: Language) -> None:
    for name, entry in translated(language):
        forms = texts(entry.id)
        expected = set(PLACEHOLDER.findall(forms[-1]))
        assert set(PLACEHOLDER.findall(forms[0])) | {"num"} == expected | {"num"}
        for text in texts(entry.string):
            assert set(PLACEHOLDER.findall(text)) == expected, f"{name}: {entry.id!r}"


@EVERY_LANGUAGE
def test_files_count_as_the_language_does(language: Language) -> None:
    for name, catalog in catalogs(language):
        assert catalog.plural_forms == Catalog(locale=language.locale).plural_forms, name
        for entry in catalog:
            if entry.pluralizable:
                assert len(entry.string) == catalog.num_plurals, f"{name}: {entry.id!r}"


@EVERY_LANGUAGE
def test_files_are_read_as_babel_reads_them(language: Language) -> None:
    for name, catalog in catalogs(language):
        text = (PACKAGE / "locale" / language.code / name).read_text("utf-8")
        ours = {said: forms for said, forms in read_ours(text).items() if said}
        theirs = {texts(e.id)[0]: texts(e.string) for e in catalog if e.id}
        assert ours == theirs, name
        assert all(not e.context and not e.fuzzy for e in catalog if e.id), name


def test_what_is_counted_has_a_form_for_one_and_for_many() -> None:
    alone = sorted({f"{file}: {forms[0]!r}" for file, forms in written() if len(forms) == 1})
    counted = [sentence for sentence in alone if COUNTED.search(sentence.partition(": ")[2])]
    assert not counted, "\n".join(["use ngettext, or a Message of two forms:", *counted])


@pytest.mark.parametrize(
    ("sentence", "counts"),
    [
        ("Please wait %(minutes)s minutes.", True),
        ("%(num)s other services", True),
        ("%(count)s day(s)", True),
        ("%(name)s is ready", False),
        ("%(name)s has a new secret", False),
        ("Signed in as %(name)s. Signing out ends it.", False),
    ],
)
def test_a_count_is_recognised(sentence: str, counts: bool) -> None:
    assert bool(COUNTED.search(sentence)) is counts


def test_no_template_puts_plurals_together_by_hand() -> None:
    """An ending behind a condition, or a number beside a word that is a sentence of its own."""
    ending = re.compile(r"""["']e?s["'] +if\b|\belse +["']e?s["']""")
    number_and_word = re.compile(
        r"\| *(?:length|number)(?:\([^)]*\))? *\}\}(?:\s|<[^>]*>)*\{\{ *_\("
    )
    found = [
        f"{path.name}: {match[0]}"
        for path in (PACKAGE / "templates").rglob("*.html")
        for pattern in (ending, number_and_word)
        for match in pattern.finditer(path.read_text("utf-8"))
    ]
    assert not found, "\n".join(found)


SLAVIC = Catalogue(
    r"""
    msgid ""
    msgstr ""
    "Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 "
    "|| n%100>=20) ? 1 : 2);\n"

    msgid "%(num)s public service"
    msgid_plural "%(num)s public services"
    msgstr[0] "%(num)s услуга"
    msgstr[1] "%(num)s услуги"
    msgstr[2] "%(num)s услуг"
    """,
)
"""A language with three forms, which the product does not speak."""
VIETNAMESE, ENGLISH = (Catalogue.load(LANGUAGES[code]) for code in ("vi", "en"))
FORMS = ("%(num)s public service", "%(num)s public services")


@pytest.mark.parametrize(
    ("count", "slavic", "vietnamese", "english"),
    [
        (0, "0 услуг", "0 dịch vụ công", "0 public services"),
        (1, "1 услуга", "1 dịch vụ công", "1 public service"),
        (2, "2 услуги", "2 dịch vụ công", "2 public services"),
        (5, "5 услуг", "5 dịch vụ công", "5 public services"),
        (21, "21 услуга", "21 dịch vụ công", "21 public services"),
    ],
)
def test_a_count_takes_its_form(count: int, slavic: str, vietnamese: str, english: str) -> None:
    message = Message(*FORMS, num=count)
    for catalogue, expected in ((SLAVIC, slavic), (VIETNAMESE, vietnamese), (ENGLISH, english)):
        assert catalogue.ngettext(*FORMS, count) == expected
        assert catalogue.gettext(message) == expected
    assert str(message) == english


def test_a_count_may_be_written_otherwise_than_counted() -> None:
    assert ENGLISH.ngettext(*FORMS, 1000, num="1,000") == "1,000 public services"


def test_a_template_counts_by_function_and_by_tag(client: TestClient) -> None:
    environments = Pages.of(Request({"type": "http", "app": client.app})).environments
    by_function = """{{ ngettext("%(num)s public service", "%(num)s public services", n) }}"""
    by_tag = (
        "{% trans num=n %}{{ num }} public service"
        "{% pluralize %}{{ num }} public services{% endtrans %}"
    )
    for count, vietnamese, english in (
        (0, "0 dịch vụ công", "0 public services"),
        (1, "1 dịch vụ công", "1 public service"),
        (21, "21 dịch vụ công", "21 public services"),
    ):
        for source in (by_function, by_tag):
            assert environments["vi"].from_string(source).render(n=count) == vietnamese
            assert environments["en"].from_string(source).render(n=count) == english


def test_sentences_are_translated_with_their_values() -> None:
    assert VIETNAMESE.gettext("100% unknown") == "100% unknown"
    assert VIETNAMESE.gettext("") == ENGLISH.gettext("") == ""
    assert ENGLISH.gettext(Message("at least %(count)s", count=15)) == "at least 15"
