"""Every page there is, looked at: taken from the table of routes, so that a new one is, too."""

from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from idp.adoption.report.make import MEDIA_TYPES
from idp.kit.tables.written import KINDS
from idp.portal.form_parts import PARTS
from tests.architecture.route_states import TABLE
from tests.journeys.test_convincing_minute import prove
from tests.journeys.test_leaving import ask
from tests.support import stories
from tests.support.browser import look, visit
from tests.support.demo import Demo

FILES = ("places", "agencies", "businesses", "actions", "groups")
PROGRAMS = {
    "/healthz",
    "/readyz",
    "/static/{name:path}",
    "/logos/{digest}.png",
    "/adoption.csv",
    "/adoption.json",
    "/adoption.xlsx",
    *(f"/adoption/{table}.{kind}" for table in FILES for kind in KINDS),
    *(f"/{room}/figures.{kind}" for room in ("portal", "console") for kind in ("csv", "xlsx")),
    "/adoption/data/catalog.jsonld",
    "/adoption/data/dictionary.json",
    "/adoption/data/latest/{file}",
    "/adoption/data/{month}/v{version}/{file}",
    *(f"/adoption/report/{{period}}.{kind}" for kind in MEDIA_TYPES),
    "/.well-known/openid-configuration",
    "/jwks",
    "/check_session",
    "/account/data/schema",
}
"""What is read by programs, or in a hidden frame."""
ROOMS = {"account": "citizen", "portal": "owner", "console": "operator"}
"""Of whom each is."""


OF_PUBLIC = {
    "slug": "lost-phone",
    "token": "made-up",
    "place": "01",
    "agency_code": "G01",
    "service_code": "1.010001",
    "system_code": "G01.DKX",
}
"""What stands in the addresses of pages that anybody may open."""

OF_OWNER = {"system_code": "G01.DKX"}
"""And of pages of the owner's agency."""


def pages_of(room: str) -> list[str]:
    """The addresses of a room's pages; of none: of all that anybody may open."""
    shown = [
        route.removeprefix("GET ")
        for route, line in TABLE.items()
        if route.startswith("GET ") and line.answer == "200"
    ]
    if room:
        return [path for path in shown if path.split("/")[1] == room and path not in PROGRAMS]
    apart = {*ROOMS, "signin", "sign-out", "register", "userinfo", "api"}
    return [path for path in shown if path.split("/")[1] not in apart and path not in PROGRAMS]


def name_of(path: str) -> str:
    """What pictures of a page are called."""
    return "every" + "-".join(part for part in path.replace("{", "").split("/"))


def look_at(page: Page, demo: Demo, path: str, **names: str) -> None:
    """Open it and look."""
    answer = page.goto(demo.issuer + path.format(**names))
    assert answer
    assert answer.status == 200, path
    look(page, name_of(path))


def test_every_public_page(demo: Demo, browser: Browser) -> None:
    with visit(browser, language="vi") as context:
        page = context.new_page()
        for path in pages_of(""):
            look_at(page, demo, path, **OF_PUBLIC)


@pytest.mark.parametrize("room", ROOMS)
def test_every_page_of_a_room(demo: Demo, browser: Browser, room: str) -> None:
    with visit(browser, language="vi") as context:
        page = context.new_page()
        page.goto(f"{demo.issuer}/{room}")
        prove(page, demo.player(ROOMS[room]))
        expect(page.locator("nav.nav")).to_be_visible()
        client_id = found_in(page, demo, room)
        request_id = asked(page, browser, demo) if room == "console" else ""
        for path in pages_of(room):
            for part in PARTS if "{part}" in path else [""]:
                names = {"client_id": client_id, "request_id": request_id, "part": part}
                look_at(page, demo, path.replace("{part}", part), **names, **OF_OWNER)


def asked(page: Page, browser: Browser, demo: Demo) -> str:
    """The id of what the citizen asks about their data, as the operator finds it."""
    with visit(browser, language="vi") as context:
        ask(context.new_page(), demo, "vi")
    page.goto(f"{demo.issuer}/console/requests")
    href = page.locator("main .panel h2 a").first.get_attribute("href") or ""
    return href.rpartition("/")[2]


def found_in(page: Page, demo: Demo, room: str) -> str:
    """An application that has every page: in the portal one of the sandbox, newly registered."""
    if room != "portal":
        parties = demo.run("rp", "list")
        return str(next(p["client_id"] for p in parties if p["client_id"] == "ministry-service"))
    page.goto(f"{demo.issuer}/portal/new?system=G01.DKX")
    page.fill("[name=client_name]", "Tra cứu")
    page.fill("[name=redirect_uris]", "http://localhost:9000/callback")
    page.locator("[name^='service.']").first.check()
    page.click("main form .actions button")
    look(page, "every-portal-secret")
    return page.locator(".copyable code").nth(1).inner_text()


def test_a_phone_reads_the_picture_of_a_secret(demo: Demo, browser: Browser) -> None:
    """One pixel a module, drawn as squares: on any screen, in the dark too."""
    with visit(browser, language="vi") as context:
        page = context.new_page()
        page.goto(f"{demo.issuer}/account/factor/new")
        prove(page, demo.player("citizen"))
        page.goto(f"{demo.issuer}/account/factor/new")
        held = page.get_attribute("a[href^='otpauth:']", "href")
        for width in (320, 375, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                seen = Image.open(BytesIO(page.screenshot(full_page=True)))
                assert [code.text for code in zxingcpp.read_barcodes(seen)] == [held]


def test_what_stands_beside_the_way(demo: Demo, browser: Browser) -> None:
    """Pages of an interaction that no other journey comes to."""
    with visit(browser, language="vi") as context:
        page = context.new_page()
        stories.agree(demo, page, "ministry-service", is_remembered=True)
        page.goto(f"{demo.issuer}/end_session")
        look(page, "every-sign-out")
        page.click("main form:not(#passkey) button")
        expect(page).to_have_url(f"{page.url.removesuffix('/done')}/done")
        look(page, "every-signed-out")
        context.clear_cookies(name="ministry-service-session")  # the sign-out may not be there yet
        page.goto(demo.service("ministry-service"))
        page.click("#sign-in")
        expect(page.locator("[name=otp]")).to_be_visible()
        look(page, "every-password-remembered")
    with visit(browser, language="vi") as context:
        page = context.new_page()
        page.goto(demo.service("ministry-service"))
        page.click("#sign-in")
        prove(page, demo.player("tester"))
        look(page, "every-closed")
    with visit(browser, language="vi") as context:
        page = context.new_page()
        page.goto(demo.service("ministry-service"))
        page.click("#register")
        stranger = demo.player("stranger")
        page.fill("[name=number]", stranger.number)
        page.fill("[name=name]", "Le Thi Phuong Thao")
        page.fill("[name=birthdate]", "0211")
        page.check("[name=sex][value=male]")
        page.fill("[name=password]", stories.PASSWORD)
        page.click("main form:not(#passkey) button.primary")
        expect(page.locator("[name=register]")).to_be_visible()
        look(page, "every-compare")
