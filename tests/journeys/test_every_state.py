"""Each form after it was sent, wrong and right, looked at: taken from the table of routes.

The pages are made by the application within this test, where everyone who may send a form does.
What it takes a mail, an app or a passkey to come to, another journey looks at: `ELSEWHERE`.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pydantic import SecretStr

from idp.settings import Settings
from idp.settings.server import MailSettings, SmsSettings
from tests.architecture.route_states import ADMITTED, PROGRAM, TABLE, State
from tests.architecture.test_route_states import ask
from tests.journeys.test_every_page import ROOMS, pages_of
from tests.support.browser import look, visit
from tests.support.long_lists import lengthen
from tests.support.shown import Shown, open_shown, recorded
from tests.support.states import World, whole_world
from tests.support.weight import HEAD, LATER, on_the_wire

RIGHT: dict[str, dict[str, str]] = {
    "POST /account/email": {"email": "an@example.vn"},
    "POST /account/phone": {"phone": "0912345678"},
    "POST /account/data/requests": {"kind": "copy", "text": "Xin bản sao."},
    "POST /console/requests/{request_id}/answer": {"choice": "accept", "text": "Được."},
    "POST /console/requests/{request_id}/extend": {"reason": "Phải hỏi cơ quan khác."},
    "POST /console/requests/{request_id}/finish": {"text": "Đã xong."},
}
"""What is sent to forms beside what the table says, which most of them refuse."""
ELSEWHERE: Mapping[str, tuple[str, str]] = {
    "/recovery/address": ("test_account_back", 'f"back-{name}-{way}"'),
    "/recovery/address/code": ("test_account_back", 'f"back-{name}-{way}"'),
    "/recovery/address/wait": ("test_recovery_refused", '"refused-waits"'),
    "/recovery/address/password": ("test_account_back", 'f"back-{name}-{way}"'),
    "/recovery/back": ("test_account_back", 'f"back-{name}-{way}"'),
    "/recovery/back/passkey": ("test_back_by_passkey", 'f"back-by-passkey-taken-{language}"'),
    "/recovery/stop": ("test_account_back", 'f"back-{name}-{way}"'),
    "/device": ("test_kiosk", '"device-allow"'),
    "/signin/{interaction_id}/identifier": ("test_convincing_minute", 'f"{seen_as}-{name}"'),
    "/signin/{interaction_id}/password": ("test_convincing_minute", 'f"{seen_as}-otp"'),
    "/signin/{interaction_id}/passkey": ("test_passkeys", 'f"passkey-consent-{language}"'),
    "/signin/{interaction_id}/register": ("test_convincing_minute", 'f"{seen_as}-compare"'),
    "/signin/{interaction_id}/otp": ("test_convincing_minute", '"consent"'),
    "/signin/{interaction_id}/enrol": ("test_convincing_minute", '"unmet-unconfirmed-en"'),
    "/signin/{interaction_id}/enrol-passkey": (
        "test_enrol_passkey",
        'f"enrol-passkey-codes-{language}"',
    ),
    "/signin/{interaction_id}/representing": ("test_convincing_minute", '"consent-en"'),
    "/account/close": ("test_leaving", 'f"leaving-{language}-closed"'),
    "/account/codes": ("test_no_phone", 'f"sheet-own-codes-{language}"'),
    "/account/passkey": ("test_passkeys", 'f"passkey-added{name}"'),
    "/portal/applications/{client_id}/edit/{part}": ("test_after_each_action", '"portal-saved"'),
    "/portal/applications/{client_id}/production": (
        "test_after_each_action",
        '"portal-production"',
    ),
    "/portal/applications/{client_id}/testers": (
        "test_after_each_action",
        '"portal-testers-invited"',
    ),
    "/console/recoveries/{recovery_id}/refuse": (
        "test_recovery_refused",
        '"console-recovery-refused"',
    ),
    "/console/letters/returned": ("test_letters", '"console-letter-returned"'),
    "/console/people/prove": ("test_no_phone", 'f"desk-proven-{language}"'),
    "/console/people/sheet": ("test_no_phone", 'f"desk-sheet-{language}"'),
    "/console/people/reclaim": ("test_convincing_minute", '"console-people-reclaimed"'),
    "/console/applications/{client_id}/changes": (
        "test_after_each_action",
        '"console-sent-back"',
    ),
}
"""Where it is looked at what a form led to when nothing was wrong: the journey, and its picture."""
BY_THEIR_ROOM = {
    "/recovery/address/second": ("account/test_recovery.py", "Choose a new password"),
    "/recovery/address/passkey": ("account/test_recovery.py", "Choose a new password"),
    "/recovery/address/stop": ("account/test_recovery_alike.py", "It is ended in this browser."),
    "/account/password": ("account/test_told.py", "Your password is changed."),
    "/account/factor/new": ("account/test_told.py", "app is set up"),
    "/account/email/code": ("account/test_contacts.py", "Your e-mail address is confirmed."),
    "/account/phone/code": ("account/test_contacts.py", "Your phone number is confirmed."),
    "/portal/lists/{system_code}": ("portal/test_lists.py", "3 lines and 3 local sign-ins"),
    "/console/people/confirm-app": ("console/test_people.py", "The second step is confirmed"),
    "/console/people/lost": ("console/test_people.py", "set up later, it does not count"),
}
"""What these led to is not looked at: it takes a code, a file or a card. Their words are tested:
where, and which.
"""

SENDERS = (State.ANONYMOUS, State.TWO_FACTORS, State.OWNER, State.OPERATOR, State.HALF_WAY)
FORM = re.compile(r'<form[^>]*\baction="([^"?]*)[^>]*>(.*?)</form>', re.DOTALL)
ASKED = re.compile(r'<(?:input(?![^>]*type="hidden")|select|textarea)\b')


@pytest.fixture(scope="module")
def world(module_settings: Settings) -> Iterator[World]:
    mail = MailSettings(host="127.0.0.1", sender="id@id.example")
    sms = SmsSettings(url="http://127.0.0.1:1/messages", key=SecretStr("key-of-the-tests"))
    world = whole_world(module_settings.model_copy(update={"mail": mail, "sms": sms}))
    lengthen(world)
    yield world
    world.app.state.runtime.engine.dispose()


@pytest.fixture(scope="module")
def shown(world: World) -> dict[str, list[Shown]]:
    """By route, what it leads to."""
    found: dict[str, list[Shown]] = {}
    with recorded() as recorder:
        for route, line in TABLE.items():
            sender = next((each for each in SENDERS if line.kind[each] is ADMITTED), None)
            if sender is None or line.kind is PROGRAM or route.split()[0] not in ("GET", "POST"):
                continue
            for fields in filter(None, ({"": ""}, RIGHT.get(route))):
                asked = ask(world, route)
                browser = asked.browser(sender)
                browser.client.headers["Accept-Language"] = "vi"
                sent = {"csrf_token": browser.csrf_token, **fields}
                recorder.last = None
                answer = asked.send(sender, browser, **({} if "" in fields else {"data": sent}))
                page = recorder.follow(browser, answer)
                if page and "<h1" in page.answer.text:
                    found.setdefault(route, []).append(page)
    return found


def test_every_state_of_a_form_is_looked_at(
    shown: dict[str, list[Shown]], browser: Browser
) -> None:
    """In Vietnamese, whose words are wider, once for each template, refusal and news."""
    walked = {f"GET {path}" for room in ("", *ROOMS) for path in pages_of(room)}
    each = {
        one.state: one for route, pages in shown.items() if route not in walked for one in pages
    }
    with visit(browser, language="vi") as context:
        page = context.new_page()
        for number, (state, one) in enumerate(each.items()):
            assert on_the_wire(one.answer) + HEAD <= LATER, state
            open_shown(page, context, one)
            if one.is_told and not one.errors:
                expect(page.locator("main [role=status]").first, str(state)).to_be_focused()
            look(page, f"state-{number:02}-{one.template.replace('/', '-')}", is_loaded=False)


def test_every_form_has_a_page_after_it(shown: dict[str, list[Shown]]) -> None:
    """Refused where something is asked for, and done; both by the table or by another journey."""
    asking = {
        action
        for pages in shown.values()
        for one in pages
        for action, inner in FORM.findall(one.answer.text)
        if ASKED.search(inner)
    }
    assert len(asking) > 30
    lacking = []
    for route, pages in shown.items():
        method, path = route.split(" ")
        if method != "POST":
            continue
        if path in asking and not any(one.errors or one.is_told for one in pages):
            lacking.append(f"{path} refuses nothing")
        is_over = {one.template for one in pages} == {"errors/over.html"}
        is_done = any(not one.errors for one in pages) and not is_over
        is_named = path in {*ELSEWHERE, *BY_THEIR_ROOM}
        if not is_done and not is_named:
            lacking.append(f"{path} leads nowhere that is looked at")
        if is_done and is_named:
            lacking.append(f"{path} is looked at here, and needs no other")
    assert lacking == []


def test_what_is_looked_at_elsewhere_is() -> None:
    posts = {route.removeprefix("POST ") for route in TABLE if route.startswith("POST ")}
    assert posts >= {*ELSEWHERE, *BY_THEIR_ROOM}
    for path, (journey, picture) in ELSEWHERE.items():
        text = (Path(__file__).parent / f"{journey}.py").read_text("utf-8")
        assert re.search(rf"\blook(_told)?\(\w+, {re.escape(picture)}", text), path
    for path, (test, words) in BY_THEIR_ROOM.items():
        text = (Path(__file__).parents[1] / test).read_text("utf-8")
        assert re.search(rf'\bassert\b.*"{re.escape(words)}"', text), path
