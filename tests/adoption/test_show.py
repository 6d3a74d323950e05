"""Pages of figures are made once and sent compressed to whoever can read that."""

import gzip

import pytest
from fastapi.testclient import TestClient

from tests.support.weight import on_the_wire


@pytest.mark.parametrize("accepted", ["gzip, deflate, br", "br", "gzip;q=0", ""])
def test_a_page_of_figures_is_compressed_for_who_takes_it(
    browser: TestClient, accepted: str
) -> None:
    """Decision 39: it holds no form, no token and no name; caches keep both apart."""
    is_smaller = accepted.startswith("gzip,")
    headers = {"Accept-Encoding": accepted}
    plain = browser.get("/adoption/definitions", headers={"Accept-Encoding": "identity"})
    for _ in range(2):  # made, then kept
        with browser.stream("GET", "/adoption/definitions", headers=headers) as answer:
            sent = b"".join(answer.iter_raw())
        assert ("content-encoding" in answer.headers) == is_smaller
        assert (gzip.decompress(sent) if is_smaller else sent) == plain.content
        assert on_the_wire(answer) == len(sent)
        assert "Accept-Encoding" in answer.headers["vary"]
        assert (answer.headers["etag"] == plain.headers["etag"]) != is_smaller
        known = {**headers, "If-None-Match": answer.headers["etag"]}
        assert browser.get("/adoption/definitions", headers=known).status_code == 304
    assert len(gzip.compress(plain.content)) < 0.5 * len(plain.content)


def test_nothing_on_it_is_worth_guessing(browser: TestClient) -> None:
    """What somebody chose by the address stands beside nothing that only its reader has."""
    page = browser.get("/adoption/definitions?x=made-up")
    assert "made-up" in page.text
    for secret in ("csrf_token", "<form", "nonce"):
        assert secret not in page.text
