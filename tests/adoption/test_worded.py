"""Sentences of figures where these are none, one, few, hidden, negative or not known.

Each is rendered in both languages by the templates of the pages and the report: within prose no
star and no dash stands for a noun, nothing is −0, and one is not many.
"""

import html
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from idp.adoption.agencies_data import usage_of
from idp.adoption.answer_charts import bars_of
from idp.adoption.coverage_data import Waiting
from idp.adoption.forecasts import forecast_of
from idp.adoption.why import why_of
from idp.figures.answer import answer
from idp.figures.disclosure import STARRED, Cell, Shown, disclose
from idp.figures.forecast import Expected, Pace, Reached, TooEarly, TooFew, Unknown
from idp.figures.frozen import FrozenMonth, Funnel, Outcomes, Said, Slice
from idp.figures.outlook import Outlook
from idp.figures.place_groups import hidden_groups
from idp.figures.sets import AT_DAY, MONTHS, PERSON
from idp.figures.slice_rows import State
from idp.settings import Settings
from idp.settings.people import Target
from idp.web.templates import Pages

TARGET = Target(percent=20)
MONTH = FrozenMonth(
    *(7, date(2026, 10, 31), 0, "", datetime(2026, 11, 5, tzinfo=UTC), "c", "d", b"\0" * 32)
)
UNKNOWN = Cell(None)
COUNTS = {
    "none": disclose(0),
    "one": disclose(1),
    "two": disclose(2),
    "many": disclose(1_234),
    "exact": Cell(1),
    "hidden": STARRED,
    "unknown": UNKNOWN,
}
_ROUNDED = [how for how in COUNTS if how != "exact"]
LANGUAGES = ["en", "vi"]
_WRONG = re.compile(
    r"\*(?! (?:fewer|dưới))|[−+-]0(?![.,]?[1-9.,])|[−+-]0[.,]0+\b|\bNone\b"
    r"|(?<![\d.,])1 (?:people|businesses|days|systems|services|answers|points)\b"
    r"|(?<!\d)–(?!\d)|(?:\bof|\btrong|\btrên) \?|\s[.,;:]|\(\)"
)
"""A star or dash for a noun (not a range), a signed nothing, one that is many, a gap."""


@pytest.fixture(scope="module")
def pages(module_settings: Settings) -> Pages:
    operator = module_settings.operator
    return Pages(time_zone="Asia/Ho_Chi_Minh", is_synthetic=False, operator=operator, host="h")


def read(pages: Pages, language: str, template: str, **values: Any) -> str:
    """The text of a template, or of the file of that name, without marks and drawings."""
    if template.endswith(".html"):
        template = '{% include "' + template + '" %}'
    written = pages.environments[language].from_string(template).render(**values)
    text = re.sub(r"<svg.*?</svg>", "", written, flags=re.DOTALL)
    text = re.sub(r"</(p|h2|h3|li)>", "\n", text)
    lines = (" ".join(line.split()) for line in re.sub(r"<[^>]+>", " ", text).splitlines())
    joined = " ".join(line for line in lines if line)
    return re.sub(r" (?=[.,;])", "", html.unescape(joined))


def check(said: str) -> None:
    """That it can be read aloud."""
    print(said)
    found = _WRONG.search(said)
    assert found is None, f"{found} in: {said}"


def worded(call: str) -> str:
    names = "told, part, people, since, waited"
    return f'{{% from "adoption/worded.html" import {names} with context %}}{{{{ {call} }}}}'


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("how", COUNTS)
def test_a_count_and_a_part(pages: Pages, language: str, how: str) -> None:
    told = read(pages, language, worded("told(x)"), x=COUNTS[how])
    check(told)
    check(read(pages, language, worded("part(x, 'name')"), x=COUNTS[how]))
    is_number = how in ("many", "exact")
    assert (told[0].isdigit()) is is_number
    if language == "en":
        assert told == {"many": "1,235", "exact": "1", "unknown": "not known"}.get(
            how, "fewer than 10"
        )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("low", _ROUNDED)
@pytest.mark.parametrize("high", _ROUNDED)
def test_whom_an_action_adds(pages: Pages, language: str, low: str, high: str) -> None:
    told = SimpleNamespace(low=COUNTS[low], high=COUNTS[high])
    if told.high.value is not None and told.low.value is None and not told.low.is_suppressed:
        pytest.skip("an estimate has both ends, or none")
    said = read(pages, language, worded("people(x)"), x=told)
    check(said)
    assert ("người" if language == "vi" else "people") in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("points", "decimals", "en"),
    [
        (None, 1, ""),
        (0, 1, "Unchanged since the month before."),
        (1e-15, 1, "Unchanged since the month before."),
        (-0.04, 1, "Unchanged since the month before."),
        (-0.1, 1, "Since the month before: −0.1 points."),
        (-1.26, 1, "Since the month before: −1.3 points."),
        (2, 0, "Since the month before: +2 points."),
        (Fraction(-1, 300), 2, "Unchanged since the month before."),
    ],
)
def test_a_movement(pages: Pages, language: str, points: Any, decimals: int, en: str) -> None:
    value = float(points) if isinstance(points, Fraction) else points
    said = read(pages, language, worded("since(x, n)"), x=value, n=decimals)
    check(said)
    assert language != "en" or said == en


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("days", [None, 0, 1, 2, 31])
@pytest.mark.parametrize("live", [1, 2, 40])
def test_how_long_systems_waited(pages: Pages, language: str, live: int, days: int | None) -> None:
    said = read(pages, language, worded("waited(x)"), x=Waiting(live, days, live, live))
    check(said)
    assert bool(said) is (days is not None)
    assert ("half" in said) is (language == "en" and live > 1 and days is not None)


def answers() -> Iterator[tuple[str, Any, str]]:
    """How many use it, of how many; people, then enterprises."""
    for name, people, firms, verdict in (
        ("nobody of anybody", (0, 48_104), (0, 379), "not_yet"),
        ("one is missing of each", (19, 100), (19, 100), "not_yet"),
        ("one kind has arrived", (20, 100), (3, 100), "not_yet"),
        ("as it is", (6_466, 48_104), (42, 379), "not_yet"),
        ("met to the person", (20, 100), (20, 100), "met"),
        ("no count of businesses", (6_466, 48_104), (42, None), "unknown"),
        ("no count of anybody", (0, None), (1, None), "unknown"),
        ("nobody to count", (0, 0), (0, 0), "unknown"),
    ):
        values = {}
        for kind, (used, whole) in (("person", people), ("enterprise", firms)):
            values[kind, "UNI_USED", MONTHS] = used
            values[kind, "PART", MONTHS] = 2 * used
            if whole is not None:
                values[kind, "POP", AT_DAY] = whole
        yield name, answer(values, (), month=MONTH, target=TARGET), verdict


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "found", "verdict"), list(answers()))
def test_the_verdict(pages: Pages, language: str, name: str, found: Any, verdict: str) -> None:
    assert found.verdict == verdict, name
    values = {
        "answer": found,
        "page": SimpleNamespace(bars=bars_of(found), provisional=None, since=None),
        "target": 20,
        "board": None,
    }
    drawing = '{% from "macros/chart.html" import bar %}{% from "macros/display.html" import tag %}'
    said = read(pages, language, drawing + '{% include "adoption/verdict.html" %}', **values)
    check(said)
    if language == "en" and name == "one is missing of each":
        assert "1 person and 1 business are missing." in said
    if language == "en" and verdict == "unknown":
        assert "nobody can say whether it is met" in said


AUGUST = date(2027, 8, 1)
OUTLOOKS = {
    "unknown": Unknown(),
    "no whole window": TooEarly(0),
    "one whole window": TooEarly(1),
    "too few": TooFew(),
    "reached": Reached(),
    "never": Expected((), None, None, None, "own"),
    "if fast": Expected((), None, AUGUST, None, "own"),
    "usual": Expected((), AUGUST, date(2027, 6, 1), date(2028, 1, 1), "own"),
    "late end open": Expected((), AUGUST, date(2027, 6, 1), None, "simulated"),
    "at once": Expected((), AUGUST, AUGUST, None, "own"),
    "narrow": Expected((), AUGUST, AUGUST, date(2027, 9, 1), "own"),
    "one month": Expected((), AUGUST, AUGUST, AUGUST, "own"),
}
PACES = {
    "unknown": None,
    "still": Pace(Fraction(0), None),
    "creeping": Pace(Fraction(-1, 30), Fraction(1, 1000)),
    "falling": Pace(Fraction(-3, 2), Fraction(2)),
    "rising": Pace(Fraction(1), Fraction(0)),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize("kind", ["person", "enterprise"])
@pytest.mark.parametrize("when", OUTLOOKS)
def test_when(pages: Pages, language: str, when: str, kind: str, pace: str) -> None:
    told = forecast_of(
        Outlook(kind, (), OUTLOOKS[when], PACES[pace], ()), target=TARGET, catch_up_on=AUGUST
    )
    said = read(
        pages,
        language,
        '{{ each.when | map("said") | join(" ") }} {{ each.pace | map("said") | join(" ") }}',
        each=told,
    )
    check(said)
    if when in ("at once", "one month") and PACES[pace] is None:
        assert said.count("08/2027") == 1


def funnel(both: int, one: int, proven: int, not_proven: int, population: int | None) -> Funnel:
    states = dict.fromkeys(State, 0)
    states |= {
        State.BOTH: both,
        State.CENTRAL: one,
        State.NEVER_TRIED: proven,
        State.NOT_PROVEN: not_proven,
    }
    return Funnel(states, population)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("is_national", [True, False])
@pytest.mark.parametrize(
    "parts",
    [
        (0, 0, 0, 0, 1_000),
        (1, 0, 0, 0, 1_000),
        (10, 0, 0, 0, None),
        (100, 1, 200, 300, 5_000),
        (100, 2, 200, 300, None),
        (149, 50, 200, 300, 1_000),
        (100, 50, 200, 300, 755),
        (6_466, 2_257, 1_670, 650, 48_104),
    ],
)
def test_why(pages: Pages, language: str, parts: Any, is_national: bool) -> None:
    found = funnel(*parts)
    own = {"01": {(PERSON, state, MONTHS): size for state, size in found.states.items()}}
    hidden = None if is_national else {name for _, name in hidden_groups(own)}
    why = why_of(found, target=TARGET, hidden=hidden)
    said = read(
        pages, language, "adoption/why.html", why=why, target=20, target_is_open=parts[4] != 1_000
    )
    check(said)
    if language == "en" and parts[4] == 755 and is_national:
        assert "1 new person is still needed." in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("active", [0, 1, 12, 5_000])
@pytest.mark.parametrize("used", [0, 1, 12])
@pytest.mark.parametrize(
    "ended", [(0, 0, 0, 0), (1, 0, 0, 0), (12, 3, 0, 1), (391, 30, 80, 50), (40, 0, 0, 0)]
)
def test_an_agency(pages: Pages, language: str, active: int, used: int, ended: Any) -> None:
    usage = usage_of(
        Slice("", {MONTHS: active}, min(used, active), Outcomes(sum(ended), *ended), Said(31, 30)),
        hidden=(),
    )
    page = SimpleNamespace(
        usage=usage,
        chosen=SimpleNamespace(month=MONTH, filters=None),
        ended=(),
        action=None,
        change=-0.0,
    )
    source, _, _ = pages.environments[language].loader.get_source(  # type: ignore[union-attr]
        pages.environments[language], "adoption/agency.html"
    )
    imports = "".join(re.findall(r"{% from .*? %}\n", source))
    first, last = (
        source.index('<section class="panel" aria-labelledby="use"'),
        source.index("  </div>\n  {% if page.services %}"),
    )
    part = imports + "{% set usage, month = page.usage, '10/2026' %}" + source[first:last]
    said = read(pages, language, part, page=page)
    check(said)


def test_nobody_looks_like_few() -> None:
    """A dash beside stars would say that there is nobody."""
    for whole in range(10):
        assert Shown.of(0, whole).is_suppressed
    assert not Shown.of(0, None).is_suppressed
    assert Shown.of(20, 40).percent == 50
