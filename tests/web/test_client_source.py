"""The port beside the address, from the connection or from a named proxy's word."""

from ipaddress import ip_network

import pytest
from starlette.requests import Request

from idp.settings import Settings
from idp.web.trusted_proxy import client_source
from tests.support.app import room_app

PROXY, PERSON = "10.0.0.1", "203.0.113.7"


def source(settings: Settings, peer: str, *, header: str = "", **headers: str) -> str:
    server = settings.server.model_copy(
        update={"trusted_proxies": (ip_network("10.0.0.0/8"),), "port_header": header}
    )
    app = room_app(settings.model_copy(update={"server": server}))
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "app": app, "client": (peer, 51234), "headers": raw}
    return client_source(Request(scope))


def test_a_direct_connection_has_its_own_port(module_settings: Settings) -> None:
    """F7: whatever it claims."""
    told = source(module_settings, PERSON, header="x-port", x_port="1")
    assert told == f"{PERSON} port 51234"


def test_a_named_proxy_tells_the_port(module_settings: Settings) -> None:
    """F7: the connection's own port is the proxy's."""
    forwarded = {"x_forwarded_for": PERSON}
    told = source(module_settings, PROXY, header="x-port", x_port="40000", **forwarded)
    assert told == f"{PERSON} port 40000"
    assert source(module_settings, PROXY, x_port="40000", **forwarded) == PERSON


@pytest.mark.parametrize(
    "port", ["", "0", "65536", "99999999999", "00000199999", "²", "40000, 1", "-1"]
)
def test_what_is_no_port_is_not_kept(module_settings: Settings, port: str) -> None:
    """F7: the address is kept without it."""
    told = source(module_settings, PROXY, header="x-port", x_port=port, x_forwarded_for=PERSON)
    assert told == PERSON
