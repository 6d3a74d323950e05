"""What a newcomer sees in the first minute, in a real browser, against the real demo.

Vietnamese for the citizen's and the ministry's story, English for the others.
"""

import re
from collections.abc import Iterator

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.browser import look, visit
from tests.support.demo import Demo, Player, next_code

PASSWORD = "một câu dài dễ nhớ của tôi"
"""Of whoever registers."""
ADOPTION_HEIGHT = 6_000
"""Pixels, on a phone: the answer, today, the charts; whoever wants the tables unfolds them."""


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
        page.click("main form:not(#passkey) button")
    if seen_as:
        look(page, f"{seen_as}-otp")
    page.fill("[name=otp]", next_code(player.totp_secret))
    page.click("main form:not(#passkey) button")


def used_today(page: Page, demo: Demo, *, who: str = "") -> int:
    """UNI-used, today so far: of people, or `-enterprises`."""
    page.goto(f"{demo.issuer}/adoption/today")
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
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollHeight") <= ADOPTION_HEIGHT
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    look(page, "adoption-unfolded")
    for path in ("", "/activity", "/details", "/sessions", "/factor", "/services"):
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
        page.fill("[name=purpose_vi]", "tra cứu và nộp phạt nguội")
        page.fill("[name=purpose_en]", "looking up and paying your traffic fines")
        page.fill("[name=policy_uri]", "https://phatnguoi.example.vn/du-lieu")
        page.click("main form .actions button")
        look(page, "portal-submitted")
        production_id = page.url.split("/")[-1]

    with visit(browser, language="vi") as context:
        page = context.new_page()
        page.goto(f"{demo.issuer}/language?to=vi&return=/console")
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
    page.click("main form:not(#passkey) button")
    look(page, "consent-en")
    page.click("[name=consent-allow]")
    expect(page.locator("#organization")).to_contain_text("Sông Hàn")
    look(page, "ministry-en")
    before = used_today(page, demo, who="-enterprises")
    look(page, "adoption-today-en")
    page.goto(f"{demo.issuer}/adoption")
    look(page, "adoption-en")
    page.goto(demo.service("province-portal"))
    page.click("#sign-in")
    page.get_by_label(re.compile("Sông Hàn")).check()
    page.click("main form:not(#passkey) button")
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
    look(page, "confirm-code-en")
    mail = english.new_page()
    mail.goto(demo.facts["outbox"])
    look(mail, "outbox-en")
    code = re.search(r"\b\d{6}\b", mail.inner_text("article"))
    assert code
    page.fill("[name=code]", code[0])
    page.click("main form:not(#passkey) button")
    look(page, "enrol-en")
    page.fill("[name=otp]", next_code(secret_shown(page)))
    page.click("main form:not(#passkey) button")
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
    page.click("[name=later]")
    look(page, "unmet-en")
    page.get_by_role("link", name="Code for the desk").click()
    look(page, "desk-code-en")
    page.click("main form:not(#passkey) button")
    look(page, "desk-code-shown-en")
    challenge = page.inner_text("#desk-code")
    card = ("--name", stranger.name, "--birthdate", stranger.birthdate, "--compared-again")
    demo.run("person", "proof", stranger.number, "--challenge", challenge, *card)
    page.goto(demo.service("ministry-service"))
    page.click("#sign-in")
    for name, value in (("identifier", stranger.number), ("password", PASSWORD)):
        page.fill(f"[name={name}]", value)
        page.click("main form:not(#passkey) button")
    look(page, "enrol-later-en")
    app = secret_shown(page)
    page.fill("[name=otp]", next_code(app))
    page.click("main form:not(#passkey) button")
    look(page, "unmet-unconfirmed-en")
    demo.run("person", "confirm-factor", stranger.number, "--code", next_code(app), *card)
    page.goto(demo.service("ministry-service"))
    page.click("#sign-in")
    for name, value in (("identifier", stranger.number), ("password", PASSWORD)):
        page.fill(f"[name={name}]", value)
        page.click("main form:not(#passkey) button")
    page.fill("[name=otp]", next_code(app))
    page.click("main form:not(#passkey) button")
    page.click("[name=consent-allow]")
    expect(page.locator("#name")).to_have_text(stranger.name)
    expect(page.locator("#acr")).to_have_text("LoA3")


def secret_shown(page: Page) -> str:
    """The authenticator app's secret, as the enrolment page spells it out."""
    return re.sub(r"\s", "", page.locator(".copyable code").text_content() or "")


def register(page: Page, player: Player, *, seen_as: str = "", link: str = "Register") -> None:
    """From the identifier page through the registration form."""
    page.get_by_role("link", name=re.compile(link)).click()
    if seen_as:
        look(page, seen_as)
        page.click("main form:not(#passkey) button")
        look(page, f"{seen_as}-refused")
    day = "/".join(reversed(player.birthdate.split("-")))
    for name, value in (("number", player.number), ("name", player.name), ("birthdate", day)):
        page.fill(f"[name={name}]", value)
    if seen_as:
        page.check("[name=sex][value=other]")
        page.fill("[name=password]", PASSWORD)
        page.click("main form:not(#passkey) button")
        look(page, f"{seen_as}-compare")
        page.click("[name=correct]")
    else:
        page.fill("[name=password]", PASSWORD)
    page.check(f"[name=sex][value={player.sex}]")
    page.click("main form:not(#passkey) button")


def test_a_registrar_gives_a_number_back(demo: Demo, browser: Browser) -> None:
    """In Vietnamese, as the pages of a newcomer are in English above."""
    with visit(browser, language="vi") as context:
        page = context.new_page()
        page.goto(f"{demo.issuer}/number-is-mine")
        look(page, "number-is-mine")
        page.goto(f"{demo.issuer}/language?to=en&return=/number-is-mine")
        look(page, "number-is-mine-en")
        page.goto(f"{demo.issuer}/console")
        prove(page, demo.player("operator"))
        page.goto(f"{demo.issuer}/language?to=en&return=/console/people")
        look(page, "console-people-en")
        page.goto(f"{demo.issuer}/language?to=vi&return=/console/people")
        look(page, "console-people")
        newcomer = demo.player("newcomer")
        page.get_by_text("trả lại số định danh").first.click()
        page.fill("[name=held]", newcomer.number)
        page.fill("[name=held_name]", newcomer.name)
        page.fill("[name=held_birthdate]", newcomer.birthdate)
        page.check(f"[name=held_sex][value={newcomer.sex}]")
        page.check("[name=seen]")
        page.click("form[action$='/reclaim'] button")
        look(page, "console-people-reclaimed")
        password = page.inner_text(".copyable code")
    with visit(browser, language="vi") as context:
        page = context.new_page()
        page.goto(f"{demo.issuer}/account/details")
        page.fill("[name=identifier]", demo.player("newcomer").number)
        page.click("main form:not(#passkey) button")
        page.fill("[name=password]", password)
        page.click("main form:not(#passkey) button")
        look(page, "reclaimed-details")
        page.goto(f"{demo.issuer}/account/activity")
        assert "Tài khoản đã được trả lại" in page.inner_text("main")


def test_every_page_of_a_newcomer_reads_well_in_vietnamese(
    demo: Demo, vietnamese: BrowserContext
) -> None:
    page, stranger = vietnamese.new_page(), demo.player("stranger")
    page.goto(demo.service("ministry-service"))
    page.click("#sign-in")
    register(page, stranger, seen_as="register", link="Đăng ký")
    look(page, "confirm-code")
    page.fill("[name=code]", "000000")
    page.click("main form:not(#passkey) button")
    look(page, "confirm-wrong")
    page.click("[name=later]")
    look(page, "unmet")
    page.goto(f"{demo.issuer}/account/desk-code")
    page.click("main form:not(#passkey) button")
    look(page, "desk-code-shown")
    page.goto(f"{demo.issuer}/account/details")
    look(page, "details-of-a-claim")
    page.goto(demo.facts["outbox"])
    look(page, "outbox")


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
