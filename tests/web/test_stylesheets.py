"""The stylesheets: what a browser of 2017 does with them, and what each page weighs."""

import re
from pathlib import Path

import pytest

from idp.web import static

_FOLDER = Path(static.__file__).parents[1] / "static"
SHEETS = {
    path.name: path.read_text() for path in _FOLDER.glob("*.css") if path.name != "letters.css"
}
"""Of screens: letters are printed."""
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
NEW_SELECTORS = re.compile(r":not\([^)]*,|:(is|where|has)\(|&")
"""A browser that does not know a selector drops the whole rule (Chrome 88, 105, 112)."""
NEW_SIZES = re.compile(r"\b(clamp|min|max)\(")
"""Chrome 79."""
NEW_PROPERTIES = re.compile(r"(inset|aspect-ratio|margin-inline|padding-inline|translate|scale)\b")
NEW_AT_RULES = re.compile(r"@(layer|container|property|scope|nest)\b")
LOST = {
    "grid-gap; margins in a flexbox": (66, re.compile(r"(row-|column-)?gap\s*:")),
    "a hundred": (62, re.compile(r"font(-weight)?\s*:\s*(?!\d00\b)\d{3}\b")),
    "one place for each colour": (71, re.compile(r".*gradient\(.*[\d%)] \d+%? [\d.]+%")),
    "commas in a colour": (65, re.compile(r".*\b(rgba?|hsla?)\([^,)]+\)")),
    "four sides": (87, re.compile(r"(inset|(margin|padding|border)-(inline|block))\b")),
}
"""What is used instead of a declaration, the first Chrome that knows that one, and how it looks."""

each_sheet = pytest.mark.parametrize("name", SHEETS)


def rules(name: str) -> list[tuple[str, list[str]]]:
    """Selector and declarations of every rule, those within `@media` too."""
    found = RULE.findall(COMMENT.sub("", SHEETS[name]))
    return [(selector.strip(), body.split(";")) for selector, body in found]


def declared(name: str) -> dict[str, str]:
    """All that is said of each selector."""
    said: dict[str, str] = {}
    for selector, body in rules(name):
        said[selector] = said.get(selector, "") + ";".join(body)
    return said


@each_sheet
def test_no_rule_is_lost_in_an_old_browser(name: str) -> None:
    """A15: fields and tables are styled in Chrome 60; without flexbox's `gap`, which it ignores."""
    found = rules(name)
    assert len(found) > 30
    assert [s for s, _ in found if NEW_SELECTORS.search(s)] == []
    assert not NEW_AT_RULES.search(SHEETS[name])
    assert [d for _, body in found for d in body if NEW_PROPERTIES.match(d.strip())] == []
    focus = [s for s, _ in found if ":focus-visible" in s]
    assert all(":focus:not(:focus-visible)" in s for s in focus)


@each_sheet
@pytest.mark.parametrize("instead", LOST)
def test_what_an_old_browser_would_ignore_is_said_otherwise(name: str, instead: str) -> None:
    """Links would run together, and what is set in semi-bold be as thin as the rest."""
    version, form = LOST[instead]
    lost = [(s, d.strip()) for s, body in rules(name) for d in body if form.match(d.strip())]
    assert lost == [], f"Chrome {version} and newer; use {instead}"


@pytest.mark.parametrize(
    ("instead", "lost", "known"),
    [
        ("grid-gap; margins in a flexbox", "gap: 1rem", "grid-gap: 1rem"),
        ("a hundred", "font-weight: 650", "font-weight: 600"),
        (
            "one place for each colour",
            "background: linear-gradient(90deg, #000 0 72%, #fff 72%)",
            "background: linear-gradient(90deg, #000 72%, #fff 72%)",
        ),
        ("commas in a colour", "color: rgb(20 37 42 / 6%)", "color: rgba(20, 37, 42, .06)"),
        ("four sides", "inset: 0", "box-shadow: inset 0 0 0 3px"),
    ],
)
def test_the_search_for_them_tells_them_from_what_is_known(
    instead: str, lost: str, known: str
) -> None:
    """The control of the one above."""
    _, form = LOST[instead]
    assert form.match(lost)
    assert not form.match(known)


@each_sheet
def test_a_size_that_old_browsers_do_not_know_has_one_before_it(name: str) -> None:
    """Where it is a size of text; a grid that is dropped is a single column."""
    lacking = []
    for selector, body in rules(name):
        plain: set[str] = set()
        for declaration in body:
            key = declaration.partition(":")[0].strip()
            if not NEW_SIZES.search(declaration):
                plain.add(key)
            elif key != "grid-template-columns" and key not in plain:
                lacking.append((selector, declaration.strip()))
    assert lacking == []


def test_what_is_painted_has_a_colour_for_the_dark() -> None:
    """Colours have names, which the dark scheme gives other values; white on a fill may stay."""
    for name in SHEETS:
        painted = [(s, d.strip()) for s, body in rules(name) for d in body if "#" in d]
        named = [(s, d) for s, d in painted if d.startswith("--")]
        rest = {d for s, d in painted if (s, d) not in named} - {"color: #fff", "background: #fff"}
        assert rest == set()
    root = SHEETS["app.css"]
    light, dark = (
        root[: root.index("prefers-color-scheme")],
        root[root.index("color-scheme: dark") :],
    )
    of = re.compile(r"(--[\w-]+): #")
    assert set(of.findall(light)) - set(of.findall(dark)) == {"--gold"}


def test_vietnamese_headings_are_not_balanced() -> None:
    """D5: a balanced line breaks between the two syllables of a word."""
    for name in SHEETS:
        for selector, body in rules(name):
            if any("balance" in declaration for declaration in body):
                assert all(one.strip().endswith(":lang(en)") for one in selector.split(","))


def test_a_button_that_looks_like_a_link_has_no_frame_in_forced_colours() -> None:
    """A9: there a border that is transparent elsewhere is seen, close to the words."""
    forced = SHEETS["app.css"].partition("forced-colors: active")[2]
    assert ".button.plain { border-color: Canvas; }" in forced


def test_the_ring_around_what_has_the_focus_is_seen_on_every_ground() -> None:
    """A11: dark on the outside, gold inside; fields have both, too."""
    of = declared("app.css")
    for selector in (":focus", "input:focus, select:focus, textarea:focus"):
        assert "0 0 0 3px var(--gold)" in of[selector]
    assert "outline: 3px solid var(--ink)" in of[":focus"]


def test_a_link_that_stands_alone_is_as_high_as_a_finger() -> None:
    """A10: in lists of links, beside buttons, in summaries of errors and in tables."""
    of = declared("app.css")
    for selector in (".links a", ".actions > a"):
        assert "min-height: 44px" in of[selector]
    for selector in (".error-summary a", ".data a"):
        assert "padding: .6rem 0" in of[selector]
