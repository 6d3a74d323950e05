"""What a newcomer sees in the first minute, in a real browser, against the real demo.

Vietnamese for the citizen's and the ministry's story, English for the others.
"""

import re
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.browser import look, visit
from tests.support.demo import Demo, Player, next_code, running_demo

PASSWORD = "một câu dài dễ nhớ của tôi"
"""Of whoever registers."""


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """The demo, from nothing."""
    with running_demo() as demo:
        yield demo


@pytest.fixture
def vietnamese(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that prefers Vietnamese and has no JavaScript: every page must work without."""
    with visit(browser, language="vi") as context:
        yield context


@pytest.fixture
def english(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that prefers English."""
    with visit(browser, language="en") as context:
        yield context


def prove(page: Page, player: Player, *, seen_as: str = "") -> None:
    """Identifier, password, one-time code."""
    for name, value in (("identifier", player.number), ("password", player.password)):
        if seen_as:
            look(page, f"{seen_as}-{name}")
        page.fill(f"[name={name}]", value)
        page.click("main form button")
    if seen_as:
        look(page, f"{seen_as}-otp")
    page.fill("[name=otp]", next_code(player.totp_secret))
    page.click("main form button")


def used_today(page: Page, demo: Demo, *, who: str = "") -> int:
    """UNI-used, today so far: of people, or `-enterprises`."""
    page.goto(f"{demo.issuer}/adoption")
    return int(re.sub(r"\D", "", page.inner_text(f"#today-uni-used{who}")))


def test_a_citizen_signs_in_pays_walks_on_and_is_counted_once(
    demo: Demo, vietnamese: BrowserContext
) -> None:
    citizen, page = demo.player("citizen"), vietnamese.new_page()
    before = used_today(page, demo)

    page.goto(demo.service("ministry-service"))
    look(page, "ministry")
    page.click("#sign-in")
    prove(page, citizen, seen_as="signin")
    look(page, "consent")
    assert "Bộ Công an" in page.inner_text("main")
    page.click("[name=consent-allow]")
    expect(page.locator("#name")).to_have_text(citizen.name)
    expect(page.locator("#acr")).to_have_text("LoA3")

    page.fill("[name=plate]", "43A-123.45")
    page.click("[name=file]")
    look(page, "ministry-filed")
    page.click("[name=pay]")
    expect(page.locator("#paid")).to_be_visible()
    assert used_today(page, demo) == before

    page.goto(demo.service("province-portal"))
    look(page, "province")
    page.click("#sign-in")
    assert page.locator("[name=password]").count() == 0
    page.click("[name=consent-allow]")
    expect(page.locator("#name")).to_have_text(citizen.name)
    assert used_today(page, demo) == before + 1

    page.goto(f"{demo.issuer}/adoption")
    look(page, "adoption")
    for path in ("", "/details", "/sessions", "/factor", "/services"):
        page.goto(f"{demo.issuer}/account{path}")
        look(page, f"account{path.replace('/', '-')}")

    page.goto(demo.service("province-portal"))
    page.click("[name=sign-out]")
    look(page, "signed-out")
    assert page.url.startswith(demo.service("province-portal"))
    page.goto(f"{demo.issuer}/account")
    expect(page.locator("[name=identifier]")).to_be_visible()
    assert_signed_out(page, demo.service("ministry-service"))


def assert_signed_out(page: Page, url: str) -> None:
    """The service has been told, within a few seconds, and shows nobody."""
    for _ in range(40):
        page.goto(url)
        if page.locator("#sign-in").count():
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"{url} still shows somebody")


def test_an_agency_registers_itself_and_an_operator_approves(demo: Demo, browser: Browser) -> None:
    with visit(browser, language="vi", has_script=False) as context:
        page = context.new_page()
        page.goto(f"{demo.issuer}/portal")
        prove(page, demo.player("developer"))
        page.goto(f"{demo.issuer}/portal/new?system=G01.DKX")
        page.fill("[name=client_name]", "Tra cứu phạt nguội")
        page.fill("[name=redirect_uris]", "http://localhost:9000/callback")
        page.locator("[name^='service.']").first.check()
        page.click("main form .actions button")
        assert "http://localhost:9000/callback" in page.inner_text("main")
        secret = page.locator(".copyable code").first.inner_text()
        client_id = page.locator(".copyable code").nth(1).inner_text()
        page.goto(f"{demo.issuer}/portal/applications/{client_id}")
        assert secret not in page.content()
    token = httpx2.post(
        f"{demo.issuer}/token",
        data={"grant_type": "authorization_code", "code": "none", "redirect_uri": "x"},
        auth=(client_id, secret),
    )
    assert token.json()["error"] == "invalid_grant"

    with visit(browser, language="vi") as context:
        page = context.new_page()
        page.goto(f"{demo.issuer}/portal")
        prove(page, demo.player("owner"))
        look(page, "portal")
        page.goto(f"{demo.issuer}/portal/new")
        look(page, "portal-new")
        page.goto(f"{demo.issuer}/portal/applications/{client_id}")
        look(page, "portal-application")
        page.click("a[href$='/production']")
        look(page, "portal-production")
        page.click("main form .actions button")
        look(page, "portal-submitted")
        production_id = page.url.split("/")[-1]

    with visit(browser, language="vi") as context:
        page = context.new_page()
        page.goto(f"{demo.issuer}/console")
        prove(page, demo.player("operator"))
        look(page, "console")
        page.click(f"a[href$='/{production_id}']")
        look(page, "console-application")
        page.click("[name=decision][value=approve]")
        look(page, "console-approved")
    states = {party["client_id"]: party["state"] for party in demo.run("rp", "list")}
    assert (states[client_id], states[production_id]) == ("live", "live")


def test_a_director_acts_for_the_company(demo: Demo, english: BrowserContext) -> None:
    director, page = demo.player("director"), english.new_page()
    page.goto(demo.service("ministry-service"))
    page.click("#sign-in")
    prove(page, director, seen_as="signin-en")
    look(page, "representing-en")
    page.get_by_label(re.compile("Sông Hàn")).check()
    page.click("main form button")
    look(page, "consent-en")
    page.click("[name=consent-allow]")
    expect(page.locator("#organization")).to_contain_text("Sông Hàn")
    before = used_today(page, demo, who="-enterprises")
    look(page, "adoption-en")
    page.goto(demo.service("province-portal"))
    page.click("#sign-in")
    page.get_by_label(re.compile("Sông Hàn")).check()
    page.click("main form button")
    page.click("[name=consent-allow]")
    expect(page.locator("#organization")).to_contain_text("Sông Hàn")
    assert used_today(page, demo, who="-enterprises") == before + 1


def test_a_newcomer_registers_enrols_and_completes_the_sign_in(
    demo: Demo, english: BrowserContext
) -> None:
    newcomer, page = demo.player("newcomer"), english.new_page()
    page.goto(demo.service("ministry-service"))
    page.click("#sign-in")
    register(page, newcomer, seen_as="register-en")
    look(page, "enrol-en")
    page.fill("[name=otp]", next_code(secret_shown(page)))
    page.click("main form button")
    page.click("[name=consent-allow]")
    expect(page.locator("#name")).to_have_text(newcomer.name)
    expect(page.locator("#acr")).to_have_text("LoA2")


def test_a_stranger_is_told_where_to_go_and_a_registrar_helps(
    demo: Demo, english: BrowserContext
) -> None:
    stranger, page = demo.player("stranger"), english.new_page()
    page.goto(demo.service("ministry-service"))
    page.click("#sign-in")
    register(page, stranger)
    look(page, "unmatched-en")
    page.click("[name=register-anyway]")
    look(page, "unmet-en")
    demo.run("person", "proof", stranger.number)
    page.goto(demo.service("ministry-service"))
    page.click("#sign-in")
    look(page, "enrol-later-en")
    app = secret_shown(page)
    page.fill("[name=otp]", next_code(app))
    page.click("main form button")
    look(page, "unmet-unconfirmed-en")
    demo.run("person", "confirm-factor", stranger.number, "--code", next_code(app))
    page.goto(demo.service("ministry-service"))
    page.click("#sign-in")
    for name, value in (("identifier", stranger.number), ("password", PASSWORD)):
        page.fill(f"[name={name}]", value)
        page.click("main form button")
    page.fill("[name=otp]", next_code(app))
    page.click("main form button")
    page.click("[name=consent-allow]")
    expect(page.locator("#name")).to_have_text(stranger.name)
    expect(page.locator("#acr")).to_have_text("LoA3")


def secret_shown(page: Page) -> str:
    """The authenticator app's secret, as the enrolment page spells it out."""
    return re.sub(r"\s", "", page.locator(".copyable code").text_content() or "")


def register(page: Page, player: Player, *, seen_as: str = "") -> None:
    """From the identifier page through the registration form."""
    page.get_by_role("link", name=re.compile("Register")).click()
    if seen_as:
        look(page, seen_as)
    day = "/".join(reversed(player.birthdate.split("-")))
    for name, value in (("number", player.number), ("name", player.name), ("birthdate", day)):
        page.fill(f"[name={name}]", value)
    page.check(f"[name=sex][value={player.sex}]")
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=again]", PASSWORD)
    page.click("main form button")


def test_every_page_of_the_start_reads_well(demo: Demo, browser: Browser) -> None:
    for language in ("vi", "en"):
        with visit(browser, language=language) as context:
            page = context.new_page()
            for name, path in (
                ("home", "/"),
                ("not-found", "/nowhere"),
                ("bad-client", "/authorize?client_id=nobody"),
            ):
                page.goto(f"{demo.issuer}{path}")
                look(page, f"{name}-{language}")
