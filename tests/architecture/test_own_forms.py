"""Every form of ours is checked to be ours; only the protocol's addresses take others'."""

from collections.abc import Iterable, Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_dependant
from fastapi.routing import APIRoute

from idp.app import create_app
from idp.settings import Settings
from idp.settings.server import DatabaseSettings, SecretsSettings
from idp.web.csrf import _own_form
from idp.web.uploads import _own_upload

OTHERS = {
    *("/authorize", "/token", "/userinfo", "/end_session"),
    *("/introspect", "/revoke", "/par", "/register", "/register/{client_id}"),
    "/device_authorization",
}
"""The protocol's own: no browser's cookie authorizes anything there."""

SETTINGS = Settings(
    environment="test",
    database=DatabaseSettings(url="postgresql+psycopg://nobody@127.0.0.1:1/none"),
    secrets=SecretsSettings(encryption_keys=("k" * 40,), lookup_key="l" * 40),  # type: ignore[arg-type]
)


def calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from calls(inner)


def routes(listed: Iterable[object]) -> Iterator[APIRoute]:
    """The routes, those of included routers too."""
    for route in listed:
        if isinstance(route, APIRoute):
            yield route
        yield from routes(getattr(getattr(route, "original_router", None), "routes", ()))


@pytest.mark.asvs("3.5.1")
def test_every_changing_request_but_the_protocols_carries_our_token() -> None:
    changing = {
        route.path: bool(
            {_own_form, _own_upload} & {*calls(get_dependant(path=route.path, call=route.endpoint))}
        )
        for route in routes(create_app(SETTINGS).routes)
        if (route.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
    assert len(changing) > 20
    assert {path for path, is_checked in changing.items() if not is_checked} == OTHERS
