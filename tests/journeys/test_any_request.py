"""Whatever is sent to the addresses programs call, an answer comes, and it is no 5xx."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import GenerationMode
from sqlalchemy import Engine, select

from idp.catalogue.models import InformationSystem
from idp.kit import clock
from idp.kit.db import transaction
from idp.relying_parties.dynamic import issue_initial_token
from tests.support.country import SECRET, Country
from tests.support.postgres import Database
from tests.support.served import Served, served

SECONDS = 10
"""An answer that takes longer is none."""
MANY = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
PATHS = (
    *("/token", "/par", "/introspect", "/revoke", "/userinfo", "/register"),
    *("/device_authorization", "/device"),
)
FORM = "application/x-www-form-urlencoded"

_config = schemathesis.Config()
_config.projects.default.generation.update(modes=list(GenerationMode))
api = schemathesis.openapi.from_path(
    Path(__file__).with_name("json_endpoints.yaml"), config=_config
)


@pytest.fixture(scope="module")
def provider(module_database: Database, country: Country) -> Iterator[Served]:
    assert country
    settings = {"IDP_REGISTRATION__IS_OPEN": "true"}
    with served(module_database, settings=settings) as provider:
        yield provider


@pytest.fixture(scope="module")
def initial_token(engine: Engine, country: Country) -> str:
    assert country
    with transaction(engine) as db:
        code = db.scalars(select(InformationSystem.code).limit(1)).one()
        return issue_initial_token(
            db, system_code=code, uses=1000, lifetime=timedelta(hours=1), at=clock.now()
        )


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@api.parametrize()
@MANY
def test_a_request_by_its_description_or_against_it(
    case: schemathesis.Case, provider: Served, session: requests.Session, initial_token: str
) -> None:
    strangers = dict(case.headers or {})
    if case.path.startswith("/register"):
        known = {"Authorization": f"Bearer {initial_token}"}
    else:
        known = {"Authorization": requests.auth._basic_auth_str("ministry", SECRET)}
    for headers in (strangers, {**strangers, **known}):
        answer = case.call(base_url=provider.url, session=session, headers=headers, timeout=SECONDS)
        assert answer.status_code < 500, answer.text


BODIES: dict[str, tuple[dict[str, str], bytes]] = {
    "nothing": ({"Content-Type": FORM}, b""),
    "no content type": ({}, b"grant_type=client_credentials"),
    "JSON as a form": ({"Content-Type": FORM}, b'{"grant_type": "client_credentials"}'),
    "a form as JSON": ({"Content-Type": "application/json"}, b"grant_type=x"),
    "XML": ({"Content-Type": "text/xml"}, b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"),
    "a file": (
        {"Content-Type": "multipart/form-data; boundary=x"},
        b'--x\r\nContent-Disposition: form-data; name="token"; filename="a"\r\n\r\n\0\r\n--x--',
    ),
    "no boundary": ({"Content-Type": "multipart/form-data"}, b"--x"),
    "a content type of nonsense": ({"Content-Type": "\xff;;=/"}, b"a=b"),
    "another charset": ({"Content-Type": f"{FORM}; charset=utf-16"}, "a=b".encode("utf-16")),
    "NUL": ({"Content-Type": FORM}, b"grant_type=%00&token=\0&code=a%00b"),
    "no UTF-8": ({"Content-Type": FORM}, b"grant_type=%ff%fe&token=\xc3\x28&code=%ed%a0%80"),
    "bad percents": ({"Content-Type": FORM}, b"token=%&code=%zz&%=%"),
    "a field twice": ({"Content-Type": FORM}, b"grant_type=a&grant_type=b&token=1&token=2"),
    "very many fields": ({"Content-Type": FORM}, b"&".join(b"a%d=1" % n for n in range(5000))),
    "one long field": ({"Content-Type": FORM}, b"token=" + b"x" * 60_000),
    "more than is read": ({"Content-Type": FORM}, b"token=" + b"x" * 4_000_000),
    "deep JSON": ({"Content-Type": "application/json"}, b"[" * 50_000),
    "deep objects": ({"Content-Type": "application/json"}, b'{"a":' * 20_000),
    "no number": ({"Content-Type": "application/json"}, b'{"default_max_age": NaN}'),
    "a long number": ({"Content-Type": "application/json"}, b'{"default_max_age": 1' + b"0" * 5000),
    "half a letter": ({"Content-Type": "application/json"}, b'{"client_name": "\\ud800"}'),
    "a list": ({"Content-Type": "application/json"}, b"[]"),
    "compressed": ({"Content-Type": FORM, "Content-Encoding": "gzip"}, b"\x1f\x8b\x08\0\0"),
}


@pytest.mark.parametrize(("headers", "body"), BODIES.values(), ids=list(BODIES))
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.asvs("1.4.2", "5.2.3")
def test_any_body(
    provider: Served, initial_token: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    bearer = {"Authorization": f"Bearer {initial_token}"} if path == "/register" else {}
    connection = http.client.HTTPConnection(urlsplit(provider.url).netloc, timeout=SECONDS)
    try:
        connection.request("POST", path, body, {**headers, **bearer})
        answer = connection.getresponse()
        assert answer.status < 500
        assert answer.read() is not None
    except (BrokenPipeError, ConnectionResetError):
        assert len(body) > 1_000_000, "hung up on before it was read"
    finally:
        connection.close()


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
FRAMES: dict[str, bytes] = {
    "in chunks": CHUNKED + b"5\r\ntoken\r\n2\r\n=x\r\n0\r\n\r\n",
    "a chunk of no size": CHUNKED + b"zz\r\ntoken=x\r\n0\r\n\r\n",
    "a chunk of endless size": CHUNKED + b"ffffffffffffffffff\r\ntoken=x",
    "chunks and a length": b"Content-Length: 4\r\n" + CHUNKED + b"0\r\n\r\n",
    "two lengths": b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length below zero": b"Content-Length: -1\r\n\r\n",
    "a length that is no number": b"Content-Length: many\r\n\r\n",
    "an endless length": b"Content-Length: 99999999999999999999\r\n\r\n",
    "a length of gigabytes": b"Content-Length: 9999999999\r\n\r\n",
    "a header with NUL": b"X-A: a\0b\r\nContent-Length: 0\r\n\r\n",
    "a header of bytes": b"Authorization: Basic \xff\xfe\r\nContent-Length: 0\r\n\r\n",
    "a header that is long": b"X-A: " + b"a" * 200_000 + b"\r\nContent-Length: 0\r\n\r\n",
    "two authorizations": (
        b"Authorization: Basic YTpi\r\nAuthorization: Bearer x\r\nContent-Length: 0\r\n\r\n"
    ),
    "no header at all": b"\r\n",
}


@pytest.mark.asvs("4.2.1")
@pytest.mark.parametrize(
    "ends",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4",
        b"Content-Length: 4\r\nContent-Length: 39",
        b"Transfer-Encoding: identity, chunked\r\nContent-Length: 4",
    ],
)
def test_a_request_that_ends_in_two_ways_hides_no_other(provider: Served, ends: bytes) -> None:
    """Whatever follows on the connection is not answered; the control ends in one way."""
    parts = urlsplit(provider.url)
    start = f"POST /token HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {FORM}\r\n".encode()
    hidden = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    for head, answers in ((start + ends, 1), (start + b"Transfer-Encoding: chunked", 2)):
        with socket.create_connection((parts.hostname, parts.port), timeout=SECONDS) as connection:
            connection.sendall(head + b"\r\n\r\n" + hidden)
            heard = b"".join(iter(lambda: connection.recv(65536), b""))
        assert heard.count(b"HTTP/1.1 ") == answers
        assert (heard[9:10], b'"status":"ok"' in heard) == (b"4", answers == 2)


@pytest.mark.parametrize("frame", FRAMES.values(), ids=list(FRAMES))
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.asvs("4.2.1")
def test_any_frame(provider: Served, path: str, frame: bytes) -> None:
    parts = urlsplit(provider.url)
    start = f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {FORM}\r\n"
    address = (parts.hostname, parts.port)
    with socket.create_connection(address, timeout=SECONDS) as connection:
        try:
            connection.sendall(start.encode() + frame)
            with suppress(OSError):  # hung up on before it was whole
                connection.shutdown(socket.SHUT_WR)
            head = connection.recv(65536)
        except ConnectionError:
            return
    assert head[:9] in (b"", b"HTTP/1.1 ")
    assert head[9:10] in (b"", b"2", b"4"), head[:300]
