"""Form post in a real browser, whose content security policy holds, with and without script."""

from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.support.browser import look, visit
from tests.support.country import Country
from tests.support.served import Served

STATE = 'a "b" <c> & d=e+f%20ộ'


def receive(page: Page) -> list[dict[str, str]]:
    """What the relying party is posted from now on."""
    received: list[dict[str, str]] = []

    def answer(route: Route) -> None:
        request = route.request
        assert (request.method, request.url) == ("POST", "https://rp.example/cb")
        fields = parse_qs(request.post_data or "", strict_parsing=True)
        received.append({name: values[0] for name, values in fields.items()})
        route.fulfill(status=200, content_type="text/html", body="<title>Welcome</title>")

    page.route("https://rp.example/**", answer)
    return received


@pytest.mark.parametrize("has_script", [True, False])
def test_the_answer_is_posted(
    provider: Served, country: Country, browser: Browser, has_script: bool
) -> None:
    party = country.ministry(provider.url)
    url = party.authorize_url(response_mode="form_post", prompt="none", state=STATE)
    with visit(browser, has_script=has_script) as context:
        page = context.new_page()
        received = receive(page)
        page.goto(url, wait_until="commit")
        if not has_script:
            assert received == []
            page.get_by_role("button", name="Continue").click()
        page.wait_for_url("https://rp.example/cb")
    [answer] = received
    assert answer["error"] == "login_required"
    assert (answer["state"], answer["iss"]) == (STATE, provider.url)


def test_the_page_is_one_everyone_can_use(
    provider: Served, country: Country, browser: Browser
) -> None:
    party = country.ministry(provider.url)
    url = party.authorize_url(response_mode="form_post", prompt="none")
    with visit(browser) as context:
        page = context.new_page()
        page.route("https://rp.example/**", lambda route: route.abort())
        page.route("**/authorize**", _without_script)
        page.goto(url)
        look(page, "form-post")


def _without_script(route: Route) -> None:
    """Keep the page from leaving before it is looked at."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace(".submit()", ""))
