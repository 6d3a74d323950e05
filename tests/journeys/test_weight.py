"""What pages weigh on the wire: the phone of someone who pays by the megabyte loads them all."""

import re
from urllib.parse import urljoin

import httpx2
import pytest

from tests.support.country import Country
from tests.support.served import Served
from tests.support.sign_in import sign_in
from tests.support.visitor import Page, Visitor
from tests.support.weight import FIRST, HEAD, LATER

ATTACHED = re.compile(r'(?:rel="(?:stylesheet|icon)"\s+href|<script src|<img src)="(/[^"]+)"')


def weigh(page: Page) -> int:
    """Of the page: head and body."""
    head = sum(len(name) + len(value) + 4 for name, value in page.headers.items())
    return head + len(page.text.encode())


def weigh_attached(page: Page) -> int:
    """What it loads besides, as a browser asks for it."""
    return sum(
        weigh_sent(urljoin(page.url, address)) + 500 for address in set(ATTACHED.findall(page.text))
    )


def weigh_sent(url: str) -> int:
    """A body as a browser without history gets it."""
    with (
        httpx2.Client(headers={"Accept-Encoding": "gzip, deflate, br"}) as client,
        client.stream("GET", url) as answer,
    ):
        assert answer.status_code == 200
        return len(b"".join(answer.iter_raw()))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_first_page_is_light_with_all_that_it_loads(
    provider: Served, country: Country, visitor: Visitor, language: str
) -> None:
    visitor.client.headers["Accept-Language"] = language
    party = country.ministry(provider.url)
    for address in (party.authorize_url(scope="openid profile"), provider.url):
        page = visitor.open(address)
        assert weigh(page) + weigh_attached(page) <= FIRST
        assert weigh(page) <= LATER


def test_the_figures_hold_nothing_to_guess_and_are_light_compressed(
    provider: Served, country: Country, visitor: Visitor
) -> None:
    """Decision 39: the one page that is compressed."""
    party = country.ministry(provider.url)
    sign_in(visitor, visitor.open(party.authorize_url(prompt="login")), country.citizen)
    page = visitor.open(f"{provider.url}/adoption")
    for secret in ("csrf_token", "Trần Thị Mai", country.citizen.number[-4:], "<form"):
        assert secret not in page.text
    assert weigh_sent(page.url) + HEAD <= LATER
    assert weigh_sent(page.url) + HEAD + weigh_attached(page) <= FIRST
