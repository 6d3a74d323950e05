"""A service watches a sign-in from a frame and is signed out by one, in a real browser."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine

from idp.kit.db import transaction
from idp.kit.secrets import token_hash
from tests.support.browser import look, visit
from tests.support.country import SECRET, Country
from tests.support.people import add_agency, add_relying_party
from tests.support.relying_party import TestParty
from tests.support.served import Served
from tests.support.sign_in import fresh_code

WATCHER = """
<!doctype html><title>Watcher</title><iframe id="frame" src="{frame}"></iframe>
<script>
  function ask(question) {{
    return new Promise((resolve) => {{
      addEventListener("message", (event) => resolve([event.data, event.origin]), {{ once: true }});
      document.getElementById("frame").contentWindow.postMessage(question, "{issuer}");
    }});
  }}
</script>
"""


@dataclass
class Service:
    """A service on loopback: a page that watches, and an address that signs out, slowly."""

    url: str = ""
    issuer: str = ""
    signed_out: list[dict[str, list[str]]] = field(default_factory=list)
    may_answer: threading.Event = field(default_factory=threading.Event)


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """One that answers until the tests of the file are over."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            text = f"<!doctype html><title>{parts.path}</title>"
            if parts.path == "/signed-out":
                service.signed_out.append(parse_qs(parts.query))
                service.may_answer.wait(30)
            if parts.path == "/watch":
                text = WATCHER.format(
                    frame=f"{service.issuer}/check_session", issuer=service.issuer
                )
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_values: object) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.url = f"http://localhost:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield service
    service.may_answer.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def party(provider: Served, service: Service, engine: Engine, country: Country) -> TestParty:
    """The service's client."""
    assert country
    service.issuer = provider.url
    with transaction(engine) as db:
        party = add_relying_party(
            db,
            client_id="watcher",
            agency=add_agency(db, code="G77"),
            secret_hash=token_hash(SECRET),
        )
        party.redirect_uris = [f"{service.url}/cb"]
        party.post_logout_redirect_uris = [f"{service.url}/bye"]
        party.frontchannel_logout_uri = f"{service.url}/signed-out?of=us"
    return TestParty(provider.url, "watcher", SECRET, redirect_uri=f"{service.url}/cb")


def sign_in(page: Page, party: TestParty, country: Country) -> dict[str, str]:
    """The answer the service gets; the person agrees where asked."""
    page.goto(party.authorize_url())
    citizen = country.citizen
    for name, value in (("identifier", citizen.number), ("password", citizen.password)):
        page.fill(f"[name={name}]", value)
        page.click("main form:not(#passkey) button")
    page.wait_for_load_state()
    if page.url.endswith("/otp"):
        page.fill("[name=otp]", fresh_code(citizen))
        page.click("main form:not(#passkey) button")
    if page.locator("[name=consent-allow]").count():
        page.click("[name=consent-allow]")
    page.wait_for_url(f"{party.redirect_uri}?**")
    return party.answer(page.url)


def end_session_url(party: TestParty, service: Service, code: str) -> tuple[str, str]:
    """Where the service sends the person to sign out, and the session's `sid`."""
    token = party.redeem(code).json()["id_token"]
    asked = {"id_token_hint": token, "post_logout_redirect_uri": f"{service.url}/bye"}
    return f"{party.issuer}/end_session?{urlencode(asked)}", party.id_claims(token)["sid"]


@pytest.mark.asvs("3.5.5")
def test_a_frame_says_unchanged_until_the_person_signs_out(
    party: TestParty, service: Service, browser: Browser, country: Country
) -> None:
    with visit(browser) as context:
        page, watcher = context.new_page(), context.new_page()
        answer = sign_in(page, party, country)
        question = f"watcher {answer['session_state']}"
        watcher.goto(f"{service.url}/watch")

        def ask(asked: object = question) -> object:
            told, origin = watcher.evaluate("ask", asked)
            assert origin == party.issuer
            return told

        assert ask() == "unchanged"
        assert ask(f"somebody {answer['session_state']}") == "changed"
        for nonsense in ("watcher", "", f"{question} more", {"watcher": 1}, None):
            assert ask(nonsense) == "error"

        url, sid = end_session_url(party, service, answer["code"])
        page.goto(url, wait_until="commit")
        page.wait_for_url(f"{service.url}/bye")
        assert service.signed_out == [{"of": ["us"], "iss": [party.issuer], "sid": [sid]}]
        assert not service.may_answer.is_set()
        assert ask() == "changed"
        assert f"watcher {sign_in(page, party, country)['session_state']}" != question
        assert ask() == "changed"


def test_on_another_site_the_frame_says_that_it_knows_nothing(
    party: TestParty, service: Service, browser: Browser, country: Country
) -> None:
    """C22: where the browser keeps the state from it; `changed` would sign the person out."""
    service.may_answer.set()
    elsewhere = service.url.replace("localhost", "127.0.0.1")
    with visit(browser) as context:
        page = context.new_page()
        answer = sign_in(page, party, country)
        question, told = f"watcher {answer['session_state']}", {}
        for site in (elsewhere, service.url):
            page.goto(f"{site}/watch")
            told[site], _ = page.evaluate("ask", question)
        assert told == {elsewhere: "error", service.url: "unchanged"}


def test_without_script_the_frame_signs_out_and_a_link_leads_back(
    party: TestParty, service: Service, browser: Browser, country: Country
) -> None:
    service.signed_out.clear()
    service.may_answer.set()
    with visit(browser, has_script=False) as context:
        page = context.new_page()
        answer = sign_in(page, party, country)
        url, sid = end_session_url(party, service, answer["code"])
        page.goto(url)
        assert [asked["sid"] for asked in service.signed_out] == [[sid]]
        assert page.get_by_text("may still be open").count() == 0
        page.click(f"a[href='{service.url}/bye']")
        page.wait_for_url(f"{service.url}/bye")


def test_the_page_between_is_one_everyone_can_use(
    party: TestParty, service: Service, browser: Browser, country: Country
) -> None:
    service.may_answer.set()
    with visit(browser) as context:
        page = context.new_page()
        answer = sign_in(page, party, country)
        url, _ = end_session_url(party, service, answer["code"])
        page.route(f"{service.url}/bye**", lambda route: route.abort("aborted"))
        page.goto(url)
        look(page, "signed-out")
