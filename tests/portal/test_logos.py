"""C20: a developer names a logo, and is told what became of it."""

from collections.abc import Callable
from threading import Event

import pytest
from fastapi import FastAPI

from idp.kit.http import FetchFailed, GuardedClient
from idp.outbox.sender import send_due
from idp.relying_parties.logos import NO_PICTURE, logos
from tests.portal.test_more_settings import stored
from tests.relying_parties.test_logos import picture
from tests.support.staff import BASE
from tests.support.visitor import Page, Visitor

LOGO = "https://gplx.example.vn/logo.png"
NOWHERE = "the answer has the status 404"


class Elsewhere(GuardedClient):
    """What the agency's server answers to whoever asks for its logo."""

    def __init__(self, answer: bytes) -> None:
        super().__init__()
        self._answer = answer

    def get(self, url: str) -> bytes:
        assert url == LOGO
        if not self._answer:
            raise FetchFailed(NOWHERE)
        return self._answer


def fetch(app: FastAPI, answer: bytes) -> None:
    kinds = [logos(http=Elsewhere(answer))]
    assert send_due(app.state.runtime.engine, Event(), kinds=kinds) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", (NOWHERE, "Its logo is not shown", "It is tried again.")),
        (b"<svg/>", (NO_PICTURE, "Its logo is not shown", "Another address is fetched")),
        (picture(), ('<img src="/logos/', "Shown on the sign-in pages")),
    ],
)
def test_a_developer_is_told_what_became_of_a_logo(
    app: FastAPI,
    developer: Visitor,
    register_client: Callable[..., Page],
    answer: bytes,
    words: tuple[str, ...],
) -> None:
    """Registering works whatever is there; without a logo nothing is said of one."""
    party = stored(app, register_client(developer, logo_uri=LOGO))
    assert party.logo_uri == LOGO
    page = f"{BASE}/portal/applications/{party.client_id}"
    assert "Its logo is being fetched" in developer.open(page).text
    fetch(app, answer)
    text = developer.open(page).text
    for told in words:
        assert told in text
    assert "being fetched" not in text
    other = stored(app, register_client(developer))
    plain = developer.open(f"{BASE}/portal/applications/{other.client_id}").text
    assert "logo" not in plain.lower().replace("logout", "")
