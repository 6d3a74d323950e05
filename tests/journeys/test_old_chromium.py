"""A phone of 2017: what people do there, in a Chromium of that year.

Skipped where none can be installed: `python -m tests.support.old_chromium` says so.
"""

import json
import re
from collections.abc import Iterator

import pytest

from idp.portal.form_parts import PARTS
from idp.web.static import FILES
from tests.journeys.test_convincing_minute import PASSWORD
from tests.journeys.test_every_page import OF_OWNER, OF_PUBLIC, pages_of
from tests.support.demo import Demo, Player, next_code
from tests.support.old_chromium import OldChromium, old_chromium

ADORNS = re.compile(
    r"text-wrap|color-scheme|accent-color|text-decoration-thickness|text-underline-offset"
    r"|scroll-padding-top|overflow-wrap: ?anywhere|grid-template-columns: ?.*\bmin\("
    r"|.*\bCanvas(Text)?\b"
)
"""Declarations that may be ignored: they only adorn, or are for forced colours, which no browser of
then had; a grid without columns is one column."""


_SEND = "main form .actions button"


@pytest.fixture
def phone() -> Iterator[OldChromium]:
    """Chromium 61 without history, in Vietnamese."""
    with old_chromium() as browser:
        if not browser:
            pytest.skip("there is no Chromium of 2017 here")
        yield browser


def look(phone: OldChromium, name: str) -> None:
    """Nothing is complained about or sticks out, and links beside each other stand apart."""
    phone.keep_picture(f"old-{name}")
    assert phone.complaints() == [], name
    assert phone.count("h1") == 1, f"{name}: {phone.text()[:500]}"
    assert phone.run(_SCROLLS_SIDEWAYS) is False, f"{name} scrolls sideways"
    assert phone.run(_RUN_TOGETHER) == [], f"{name}: words run together"
    assert phone.run(_THIN) == [], f"{name}: labels are as thin as the rest"


_SCROLLS_SIDEWAYS = """
    document.documentElement.scrollWidth > document.documentElement.clientWidth + 1
"""
_RUN_TOGETHER = """
    var parts = document.querySelectorAll("a + a, * + form, li + li, .top-side > * + *");
    [].filter.call(parts, function (part) {
        var before = [].slice.call(part.previousElementSibling.getClientRects(), -1)[0];
        var here = part.getClientRects()[0];
        return here && before && here.top < before.bottom - 4
            && here.bottom > before.top + 4 && here.left < before.right + 4;
    }).map(function (part) { return part.textContent.trim(); })
"""
_THIN = """
    [].filter.call(document.querySelectorAll(".field > label, .brand-name, .button:not(.plain)"),
        function (part) { return getComputedStyle(part).fontWeight < 600; }
    ).map(function (part) { return part.textContent.trim(); })
"""


def prove(phone: OldChromium, player: Player, *, seen_as: str = "") -> None:
    """Identifier, password, one-time code; each page looked at, and once the errors on it."""
    answers = (("identifier", player.number), ("password", player.password))
    for name, value in answers:
        if seen_as:
            phone.click("main form:not(#passkey) button")
            look(phone, f"{seen_as}-{name}")
            assert phone.count(".error-summary") == 1
        phone.fill(f"[name={name}]", value)
        phone.click("main form:not(#passkey) button")
    look(phone, f"{seen_as}-otp")
    phone.fill("[name=otp]", next_code(player.totp_secret))
    phone.click("main form:not(#passkey) button")


def test_what_the_stylesheets_say_is_understood(phone: OldChromium) -> None:
    """A15: or only adorns. Of selectors it does not know `:focus-visible` alone."""
    sheet = "".join(body.decode() for name, body in FILES.items() if name.endswith(".css"))
    sheet = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    colours = dict(re.findall(r"(--[\w-]+):\s*([^;}]+)", sheet))
    rules = [
        (selector.strip(), re.sub(r"var\((--[\w-]+)\)", lambda name: colours[name[1]], body))
        for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", sheet)
    ]
    declared = [said for _, body in rules for said in firsts(body)]
    phone.goto("data:text/html,<p>")
    ignored = phone.run(_IGNORED % json.dumps(declared))
    assert [d for d in ignored if not ADORNS.match(d)] == []
    assert any(d.startswith("text-wrap") for d in ignored), "the browser understands everything"
    unknown = phone.run(_UNKNOWN % json.dumps([what for what, _ in rules if what[0] != "@"]))
    assert unknown == [":focus:not(:focus-visible)"]


def firsts(body: str) -> list[str]:
    """A rule's declarations but variables; of a property twice, the first."""
    kept: dict[str, str] = {}
    for said in filter(None, map(str.strip, body.split(";"))):
        kept.setdefault(said.partition(":")[0], said)
    return [said for said in kept.values() if not said.startswith("--")]


_IGNORED = """%s.filter(function (said) {
    var parts = /^([^:]+):([^!]+)/.exec(said);
    return !CSS.supports(parts[1].trim(), parts[2].trim());
})"""
_UNKNOWN = """%s.filter(function (selector) {
    try { document.querySelector(selector); } catch (error) { return true; }
    return false;
})"""


def test_a_citizen_signs_in_consents_and_sees_the_account(demo: Demo, phone: OldChromium) -> None:
    citizen = demo.player("citizen")
    phone.goto(demo.service("ministry-service"))
    phone.click("#sign-in")
    prove(phone, citizen, seen_as="signin")
    look(phone, "consent")
    phone.click("[name=consent-allow]")
    assert phone.text("#name") == citizen.name
    for path in pages_of("account"):
        phone.goto(demo.issuer + path)
        look(phone, path.strip("/").replace("/", "-"))
    phone.goto(f"{demo.issuer}/account")
    phone.click(".top-side a[href='/end_session']")
    look(phone, "sign-out")
    phone.click("main form:not(#passkey) button")
    look(phone, "signed-out")
    phone.goto(f"{demo.issuer}/account")
    assert phone.count("[name=identifier]") == 1


def test_a_newcomer_registers_and_sets_up_the_app(demo: Demo, phone: OldChromium) -> None:
    newcomer = demo.player("newcomer")
    phone.goto(demo.service("ministry-service"))
    phone.click("#sign-in")
    phone.click("main a.button.secondary")
    phone.click("main form:not(#passkey) button")
    look(phone, "register-refused")
    day = "/".join(reversed(newcomer.birthdate.split("-")))
    answers = {"number": newcomer.number, "name": newcomer.name, "birthdate": day}
    for name, value in (answers | {"password": PASSWORD}).items():
        phone.fill(f"[name={name}]", value)
    phone.click(f"[name=sex][value={newcomer.sex}]")
    phone.click("main form:not(#passkey) button")
    look(phone, "confirm-code")
    page = phone.url
    phone.goto(demo.facts["outbox"])
    code = re.search(r"\b\d{6}\b", phone.text("article"))
    assert code
    phone.goto(page)
    phone.fill("[name=code]", code[0])
    phone.click("main form:not(#passkey) button")
    look(phone, "enrol")
    phone.fill("[name=otp]", next_code(re.sub(r"\s", "", phone.text(".copyable code"))))
    phone.click("main form:not(#passkey) button")
    look(phone, "register-consent")
    phone.click("[name=consent-allow]")
    assert phone.text("#name") == newcomer.name


def test_an_agency_registers_and_changes_an_application(demo: Demo, phone: OldChromium) -> None:
    """Each page of the portal, too, and a form that is refused."""
    phone.goto(f"{demo.issuer}/portal")
    prove(phone, demo.player("owner"))
    phone.goto(f"{demo.issuer}/portal/new?system=G01.DKX")
    phone.click(_SEND)
    look(phone, "portal-new-refused")
    assert phone.count(".error-summary") == 1
    phone.fill("[name=client_name]", "Tra cứu")
    phone.fill("[name=redirect_uris]", "http://localhost:9000/callback")
    phone.click("[name^='service.']")
    phone.click(_SEND)
    look(phone, "portal-secret")
    client_id = phone.run("document.querySelectorAll('.copyable code')[1].innerText")
    for path in pages_of("portal"):
        for part in PARTS if "{part}" in path else [""]:
            phone.goto(demo.issuer + path.format(client_id=client_id, part=part, **OF_OWNER))
            look(phone, f"{path.strip('/').replace('/', '-')}-{part}")
    phone.goto(f"{demo.issuer}/portal/applications/{client_id}/edit/name")
    phone.fill("[name=client_name]", "Tra cứu phạt nguội")
    phone.click(_SEND)
    look(phone, "portal-saved")
    assert phone.text("h1").split() == ["Tra", "cứu", "phạt", "nguội"]


def test_an_operator_reads_finds_and_decides(demo: Demo, phone: OldChromium) -> None:
    phone.goto(f"{demo.issuer}/console")
    prove(phone, demo.player("operator"))
    for path in pages_of("console"):
        if "{" not in path:
            phone.goto(demo.issuer + path)
            look(phone, path.strip("/").replace("/", "-"))
    phone.goto(f"{demo.issuer}/console/applications?text=ministry-service")
    phone.click(".lines a")
    look(phone, "console-application")
    phone.click("main details summary")
    phone.fill("[name=suspend_reason]", "Kiểm tra lại địa chỉ.")
    phone.click("form[action$='/suspend'] button")
    look(phone, "console-suspended")
    phone.click("form[action$='/resume'] button")
    look(phone, "console-resumed")


def test_every_public_page(demo: Demo, phone: OldChromium) -> None:
    """Help, desks, recovery and the figures among them."""
    for path in pages_of(""):
        phone.goto(demo.issuer + path.format(**OF_PUBLIC))
        look(phone, f"public{path.replace('/', '-')}")


def test_the_frame_of_session_management_has_a_script_it_can_read(
    demo: Demo, phone: OldChromium
) -> None:
    phone.goto(f"{demo.issuer}/check_session")
    assert phone.run("typeof answer") == "function"
