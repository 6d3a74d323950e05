"""What pages weigh on the wire: the phone of someone who pays by the megabyte loads them all."""

import gzip
import re
from urllib.parse import urljoin

import httpx2
import pytest

from tests.support.country import Country
from tests.support.served import Served
from tests.support.sign_in import sign_in
from tests.support.visitor import Page, Visitor
from tests.support.weight import FIRST, LATER

PUBLIC = 30_000
"""Bytes of the figures, which a proxy compresses, with all that they load (decision 39)."""
ATTACHED = re.compile(r'(?:rel="(?:stylesheet|icon)"\s+href|<script src|<img src)="(/[^"]+)"')


def weigh(page: Page) -> int:
    """Of the page: head and body."""
    head = sum(len(name) + len(value) + 4 for name, value in page.headers.items())
    return head + len(page.text.encode())


def weigh_attached(page: Page) -> int:
    """What it loads besides, as a browser asks for it."""
    total = 0
    for address in set(ATTACHED.findall(page.text)):
        with (
            httpx2.Client(headers={"Accept-Encoding": "gzip, deflate, br"}) as client,
            client.stream("GET", urljoin(page.url, address)) as answer,
        ):
            assert answer.status_code == 200
            total += len(b"".join(answer.iter_raw())) + 500
    return total


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
    """Decision 39: the one page that a proxy compresses."""
    party = country.ministry(provider.url)
    sign_in(visitor, visitor.open(party.authorize_url(prompt="login")), country.citizen)
    page = visitor.open(f"{provider.url}/adoption")
    for secret in ("csrf_token", "Trần Thị Mai", country.citizen.number[-4:], "<form"):
        assert secret not in page.text
    assert len(gzip.compress(page.text.encode(), 1)) + weigh_attached(page) <= PUBLIC
