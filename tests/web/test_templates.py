"""Pages: escaped, strict, and written as the country writes."""

import datetime as dt
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jinja2 import Environment, UndefinedError
from starlette.requests import Request
from starlette.testclient import TestClient

import idp.web
from idp.places.load import read_provinces
from idp.web.formats import Formats
from idp.web.templates import Pages

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
VI, EN = Formats("vi", ZONE), Formats("en", ZONE)
LATE = dt.datetime(2026, 11, 20, 18, 5, tzinfo=dt.UTC)


def written(client: TestClient, source: str, **values: object) -> str:
    """What a template of that source writes in Vietnamese, on one line."""
    environment = Pages.of(Request({"type": "http", "app": client.app})).environments["vi"]
    return " ".join(environment.from_string(source).render(values).split())


@pytest.mark.asvs("1.1.2", "1.2.1", "3.2.2")
def test_values_are_escaped_also_in_translations_and_macros(client: TestClient) -> None:
    script = "<script>"
    macros = (
        "{% from 'macros/form.html' import field %}"
        "{% from 'macros/display.html' import data_table, tag %}"
    )
    for source in (
        "{{ value }}",
        "{{ _(value) }}",
        "{{ _('%(v)s', v=value) }}",
        "{% trans v=value %}x {{ v }}{% endtrans %}",
        "{{ field('a', value, value=value, error=value) }}",
        "{{ tag(value) }}",
        "{{ data_table(value, [value], [[value]]) }}",
    ):
        assert script not in written(client, macros + source, value=script), source


def test_an_unknown_name_is_an_error(client: TestClient) -> None:
    with pytest.raises(UndefinedError):
        written(client, "{{ nowhere }}")


def test_a_field_is_tied_to_its_label_hint_and_error(client: TestClient) -> None:
    html = written(
        client,
        "{% from 'macros/form.html' import field %}"
        "{{ field('otp', 'Mã', value='1', error='Lỗi', hint='Sáu chữ số', inputmode='numeric') }}",
    )
    assert '<label for="otp">' in html
    assert 'id="otp" name="otp" value="1" inputmode="numeric" required' in html
    assert 'aria-describedby="otp-hint otp-error" aria-invalid="true"' in html


TEMPLATES = Path(idp.__file__).parent / "templates"
CUT = {"help/_search.html", "console/search.html", "console/application.html"}
"""Each has one field of which the beginning is taken: two searches, the reason of a suspension."""
FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
ASKS_A_PASSWORD = re.compile(r'autocomplete="(current|new)-password"')


INCLUDE = re.compile(r'{% include "([^"]+)" %}')


def source_of(path: Path) -> str:
    """A template's source, with that of those it includes."""
    return INCLUDE.sub(lambda found: source_of(TEMPLATES / found[1]), path.read_text())


def forms() -> list[str]:
    """The source of every form."""
    return [form for path in TEMPLATES.rglob("*.html") for form in FORM.findall(source_of(path))]


def test_no_browser_says_in_its_own_language_what_is_wrong_with_a_form() -> None:
    """An empty field is refused by the server, in the person's language and naming the field."""
    assert len(forms()) > 30
    assert [form for form in forms() if "novalidate" not in form.partition(">")[0]] == []


def test_whose_password_it_is_stands_beside_it() -> None:
    """For password managers, in each form that asks for one (WCAG 1.3.5, 3.3.8)."""
    asking = [form for form in forms() if ASKS_A_PASSWORD.search(form)]
    assert len(asking) > 2
    named = [form for form in asking if 'autocomplete="username"' in form or "username(" in form]
    assert named == asking


def test_focus_is_on_the_summary_of_errors(client: TestClient) -> None:
    source = "{% from 'macros/form.html' import error_summary %}{{ error_summary({'a': 'A'}) }}"
    assert 'tabindex="-1" autofocus' in written(client, source)


def test_a_password_is_never_written_back(client: TestClient) -> None:
    source = (
        "{% from 'macros/form.html' import field %}"
        "{{ field('password', 'P', type='password', value='hunter2') }}"
    )
    html = written(client, source)
    assert "hunter2" not in html
    assert 'spellcheck="false" autocapitalize="off"' in html, "it may be shown as text"


@pytest.mark.parametrize(
    ("more", "is_checked"),
    [
        (", autocomplete='name'", False),
        (", autocomplete='off'", False),
        (", inputmode='numeric'", False),
        (", type='password'", False),
        (", autocomplete='one-time-code', inputmode='numeric'", True),
        ("", True),
    ],
)
def test_what_is_somebodys_is_not_checked_for_spelling(
    client: TestClient, more: str, is_checked: bool
) -> None:
    """Some browsers send what they check elsewhere; words that somebody writes may be checked."""
    html = written(
        client, "{% from 'macros/form.html' import field %}{{ field('a', 'A'" + more + ") }}"
    )
    assert ('spellcheck="false"' not in html) == is_checked


def test_errors_are_summed_up_with_links_to_their_fields(client: TestClient) -> None:
    source = "{% from 'macros/form.html' import error_summary %}{{ error_summary(errors) }}"
    html = written(client, source, errors={"otp": "Page not found", "": "We cannot do that"})
    assert '<a href="#otp">Không tìm thấy trang</a>' in html
    assert "<li>Không thể thực hiện yêu cầu</li>" in html
    assert "alert" not in written(client, source, errors={})


def test_no_line_of_a_heading_breaks_inside_a_word(client: TestClient) -> None:
    """D5: of translations and values alike; what is no heading may break anywhere."""
    environments = Pages.of(Request({"type": "http", "app": client.app})).environments
    source = "<h2 id='x'>{{ _('Enter your password') }} <b>{{ value }}</b></h2><p>{{ value }}</p>"
    value = "Tra cứu phạt nguội <i>"
    for language, heading in (
        ("vi", "Nhập mật_khẩu <b>Tra_cứu phạt_nguội &lt;i&gt;</b>"),
        ("en", "Enter your password <b>Tra cứu phạt nguội &lt;i&gt;</b>"),
    ):
        html = environments[language].from_string(source).render(value=value)
        kept = heading.replace("_", "\N{NO-BREAK SPACE}")
        assert html == f"<h2 id='x'>{kept}</h2><p>Tra cứu phạt nguội &lt;i&gt;</p>"


def test_captions_and_legends_are_headings_too(client: TestClient) -> None:
    source = "<caption>Danh sách cơ quan</caption><legend>Giới tính</legend><th>Cơ quan</th>"
    environment = Pages.of(Request({"type": "http", "app": client.app})).environments["vi"]
    kept = "<caption>Danh_sách cơ_quan</caption><legend>Giới_tính</legend><th>Cơ quan</th>"
    assert environment.from_string(source).render() == kept.replace("_", "\N{NO-BREAK SPACE}")


def test_no_line_of_a_heading_breaks_inside_the_name_of_a_province(client: TestClient) -> None:
    """D5: what a figure's page is about stands in its heading."""
    environment = Pages.of(Request({"type": "http", "app": client.app})).environments["vi"]
    heading = environment.from_string("<h1>{{ name }} cao</h1>")
    names = {name for each in read_provinces() for name in (each.name_vi, each.new_name_vi)}
    assert len(names) > 60
    broken = {name for name in names if re.search(r"\w \w+ ", heading.render(name=name)[4:-5])}
    assert broken == set()


def test_each_word_that_is_kept_together_is_one_of_two_syllables() -> None:
    words = (TEMPLATES.parent / "locale" / "vi" / "words.txt").read_text("utf-8").splitlines()
    assert len(words) == len({*words}) > 100
    assert all(len(word.split(" ")) == 2 for word in words)


def test_numbers_dates_and_times_follow_the_language_and_the_zone() -> None:
    assert (VI.number(1234567.891, 2), EN.number(1234567.891, 2)) == (
        "1.234.567,89",
        "1,234,567.89",
    )
    assert (VI.percent(14.63), VI.number(None)) == ("14,6%", "–")
    assert (VI.date(LATE), VI.time(LATE)) == ("21/11/2026", "01:05")
    assert VI.datetime(LATE) == "01:05 21/11/2026"
    assert (VI.date(dt.date(2026, 3, 9)), VI.month(dt.date(2026, 3, 9))) == (
        "09/03/2026",
        "03/2026",
    )


def test_no_field_cuts_what_is_pasted_where_we_say_what_is_wrong_with_it() -> None:
    """A browser cuts in silence: a number between blanks, or a code, would lose its end."""
    times = {path: path.read_text("utf-8").count("maxlength") for path in TEMPLATES.rglob("*.html")}
    cut = {str(path.relative_to(TEMPLATES)): found for path, found in times.items() if found}
    assert cut == dict.fromkeys(CUT, 1)


def test_what_templates_may_use_stands_in_the_door_sign(client: TestClient) -> None:
    ours = Pages.of(Request({"type": "http", "app": client.app})).environments["en"]
    plain = Environment(extensions=["jinja2.ext.i18n"])
    names = {
        name
        for kind in ("globals", "filters", "tests")
        for name in getattr(ours, kind).keys() - getattr(plain, kind).keys()
    }
    assert len(names) > 15
    told = idp.web.__doc__ or ""
    assert {name for name in names - {"gettext"} if f"`{name}" not in told} == set()


def test_a_link_that_stands_alone_is_as_high_as_a_finger_needs() -> None:
    """A10: 44 px are given to links of the class; a link within a sentence is exempt."""
    alone = re.compile(r"<p><a [^>]*>[^<]*</a></p>")
    found = {
        str(file.relative_to(TEMPLATES)): alone.findall(file.read_text("utf-8"))
        for file in TEMPLATES.rglob("*.html")
    }
    assert {name: links for name, links in found.items() if links} == {}


def test_the_indentation_of_templates_is_not_sent_and_parts_nothing_less(
    client: TestClient,
) -> None:
    """What follows a block on the next line stays apart from what the block wrote.

    Around the elements that begin a line of their own nothing is parted; words in a line are.
    """
    environment = Pages.of(Request({"type": "http", "app": client.app})).environments["vi"]
    source = "<input{% if on %} checked{% endif %}\n       required>\n    <p>\n\t\tx</p>"
    written = environment.from_string(source).render(on=True)
    assert written == "<input checked required><p>x</p>"
    line = "<p>\n  <b>x</b>\n   <i>y</i>  {{ on }}\n  z\n</p>\n<pre>{{ code }}</pre>"
    written = environment.from_string(line).render(on="1", code="a\n  b")
    assert written == "<p><b>x</b>\n<i>y</i> 1\nz</p><pre>a\n  b</pre>"
