"""Who runs this stands on every page, and help is there for whoever is stuck."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from idp.desks.files import Entering
from idp.help.topics import TOPICS
from idp.kit.db import transaction
from idp.places.load import load_places
from idp.settings import Settings
from idp.settings.operator import OperatorSettings
from idp.web.cookies import CookieNames
from idp.web.routes import room_router
from tests.support.app import room_app

OPERATOR = OperatorSettings(
    name_vi="Trung tâm <Một>",
    name_en="Centre One",
    hotline="1900 12-34",
    address_vi="1 đường Một",
    address_en="1 First Street",
    privacy_uri="https://id.example/privacy",
    terms_uri="https://id.example/terms",
    accessibility_uri="https://id.example/accessibility",
)
PATHS = ("/", "/help", "/help/desks", "/help/lost-phone", "/nowhere", "/signin/nobody/identifier")
TEMPLATES = Path(__file__).parents[2] / "idp" / "templates"


def client_of(settings: Settings, **update: object) -> TestClient:
    changed = settings.model_copy(update={"operator": OPERATOR, **update})
    rooms = (room_router(room) for room in ("idp.help", "idp.account", "idp.signin"))
    app = room_app(changed, *rooms)
    return TestClient(app, base_url=settings.issuer.url)


@pytest.fixture(scope="module")
def client(module_settings: Settings) -> Iterator[TestClient]:
    client = client_of(module_settings)
    with transaction(client.app.state.runtime.engine) as db:  # type: ignore[attr-defined]
        load_places(db)
        Entering(db, date(2026, 11, 20)).desk(
            {
                "code": "A1",
                "name_vi": "Bộ phận Một cửa phường Sơn Trà",
                "address": "1 Một",
                "commune_code": "20263",
                "commune": "Phường Sơn Trà",
                "province_code": "48",
                "hours_vi": "7:30–17:00",
                "hours_en": "half past seven",
                "telephone": "0236",
            }
        )
    yield client
    client.app.state.runtime.engine.dispose()  # type: ignore[attr-defined]


def read(client: TestClient, path: str, language: str = "vi") -> str:
    """The page, with plain blanks where a heading's words are kept together."""
    page = client.get(path, headers={"Accept-Language": language, "Accept": "text/html"}).text
    return page.replace("\xa0", " ")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_says_who_runs_it_and_where_help_is(
    client: TestClient, path: str, language: str
) -> None:
    """D1: errors too; the name is text, whatever is in it."""
    foot = read(client, path, language).partition("<footer")[2]
    assert ("Trung tâm &lt;Một&gt;" if language == "vi" else "Centre One") in foot
    assert 'href="tel:19001234"' in foot
    for href in ("/help", OPERATOR.privacy_uri, OPERATOR.terms_uri, OPERATOR.accessibility_uri):
        assert f'href="{href}"' in foot


@pytest.mark.parametrize("path", PATHS)
def test_one_name_in_each_language(client: TestClient, path: str) -> None:
    """D4."""
    for language, own, other in (("vi", "Một Cửa ID", "OneDoor"), ("en", "OneDoor", "Một Cửa ID")):
        html = read(client, path, language)
        assert re.search(rf"<title>[^<]*{own}</title>", html)
        assert other not in html


def test_no_template_names_the_product_of_one_language() -> None:
    """D4: but for what an app may be called that was set up in the other one."""
    sentences = re.compile(r"_\(\"[^\"]*\"\)")
    for path in TEMPLATES.rglob("*.html"):
        left = sentences.sub("", path.read_text("utf-8"))
        assert not re.search("OneDoor|Một Cửa ID", left), path


def test_without_an_operator_the_foot_still_leads_to_help(module_settings: Settings) -> None:
    client = client_of(module_settings, operator=OperatorSettings())
    foot = read(client, "/help").partition("<footer")[2]
    assert 'href="/help"' in foot
    assert "tel:" not in foot


def test_where_secrets_are_typed_the_address_to_look_for_stands() -> None:
    for page in ("identifier", "password"):
        assert "{{ recognise }}" in (TEMPLATES / "signin" / f"{page}.html").read_text("utf-8")
    assert "{{ host }}" in (TEMPLATES / "operator" / "recognise.html").read_text("utf-8")


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.slug)
def test_each_topic_is_a_page_that_leads_on(client: TestClient, topic: object) -> None:
    slug = topic.slug  # type: ignore[attr-defined]
    answer = client.get(f"/help/{slug}", headers={"Accept": "text/html"})
    if topic.is_of_demo:  # type: ignore[attr-defined]
        assert answer.status_code == 404
        return
    assert answer.status_code == 200
    assert 'href="/help"' in answer.text.partition("<footer")[0]
    assert f'href="/help/{slug}"' in read(client, "/help")


def test_the_terms_of_the_demo_are_the_demos(module_settings: Settings) -> None:
    demo = client_of(module_settings, environment="demo")
    assert demo.get("/help/terms").status_code == 200
    assert 'href="/help/terms"' in read(demo, "/help")


def test_desks_are_found_by_commune_and_listed_by_province(client: TestClient) -> None:
    """C3: by a GET, so without JavaScript, and to be passed on as an address."""
    found = read(client, "/help/desks?commune=son+tra")
    assert "Bộ phận Một cửa phường Sơn Trà" in found
    assert 'href="tel:0236"' in found
    assert "half past seven" in read(client, "/help/desks?commune=son+tra", "en")
    assert 'href="/help/desks?province=48"' in read(client, "/help/desks")
    assert "Bộ phận Một cửa phường Sơn Trà" in read(client, "/help/desks?province=48")
    assert "No desk found" in read(client, "/help/desks?commune=nowhere", "en")


@pytest.mark.parametrize(
    "query", ["commune=%3Cscript%3E", "province=zz", "page=-1", "page=999999999"]
)
def test_whatever_is_typed_is_answered(client: TestClient, query: str) -> None:
    answer = client.get(f"/help/desks?{query}")
    assert answer.status_code == 200
    assert "<script>" not in answer.text


def test_a_topic_leads_back_to_the_sign_in_it_was_opened_from(client: TestClient) -> None:
    of = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
    back = f'href="/signin/{of}/identifier"'
    assert back in read(client, f"/help/lost-digits?signin={of}")
    assert "/identifier" not in read(client, "/help/lost-digits?signin=//evil.example")


def test_every_cookie_is_told_by_name(client: TestClient) -> None:
    """GOV.UK, “Cookies page”: each one by its name, what for and how long."""
    names = CookieNames.of(Request({"type": "http", "app": client.app}))
    for language in ("vi", "en"):
        page = read(client, "/help/cookies", language)
        assert [name for name in names.all if f"<dt>{name}</dt>" not in page] == []
        assert page.count("<dt>") == len(names.all)
    assert 'href="/help/cookies"' in read(client, "/help/your-data")


def test_every_step_of_signing_in_has_a_page_of_help_and_leads_there() -> None:
    """Whatever step it is, the page names one that there is; a step that names none has the first.

    A page that has nothing below it is over, or says itself how the account is kept.
    """
    base = (TEMPLATES / "signin" / "page.html").read_text("utf-8")
    assert "{% block topic %}signing-in{% endblock %}" in base
    assert base.count("step_help(topic, page.going.interaction_id)") == 2, "whoever opened it"
    slugs, named = {topic.slug for topic in TOPICS}, {}
    for file in sorted((TEMPLATES / "signin").glob("*.html")):
        text = file.read_text("utf-8")
        if '"signin/page.html"' not in text:
            continue
        own = re.findall(r"{% block topic %}([\w-]+){% endblock %}|step_help\(\"([\w-]+)\"", text)
        named[file.stem] = {one or other for one, other in own} or {"signing-in"}
        is_over = "{% block below %}{% endblock %}" in text
        assert not is_over or file.stem in {"closed", "sign_out", "signed_out", "without"}
    assert {slug for found in named.values() for slug in found} <= slugs
    assert {"otp", "passkey", "enrol", "register", "unmet", "consent"} <= named.keys()
    assert named["otp"] == {"lost-phone"}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_help_of_a_step_leads_back_to_it(client: TestClient, language: str) -> None:
    sign_in = "0f8fad5b-d9cb-469f-a165-70867728950e"
    page = read(client, f"/help/signing-in?signin={sign_in}", language)
    assert f'href="/signin/{sign_in}/identifier"' in page
    assert 'href="/help/lost-phone"' in page
    assert "/signin/" not in read(client, "/help/signing-in?signin=elsewhere", language)
