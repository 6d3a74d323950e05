import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.relying_parties.redirect_uris import find_fault, matches
from idp.settings.server import IssuerSettings

HTTPS = IssuerSettings(url="https://id.example.gov.vn")
LOOPBACK = IssuerSettings(url="http://localhost:8000")


def fault(uri: str, *, native: bool = False, issuer: IssuerSettings = HTTPS) -> str | None:
    return find_fault(uri, application_type="native" if native else "web", issuer=issuer)


@pytest.mark.parametrize(
    "uri",
    [
        "https://service.example.gov.vn/callback",
        "https://service.example.gov.vn",
        "https://service.example.gov.vn:8443/cb?a=1&b=%20x",
        "https://localhost:8443/cb",
        "https://10.1.2.3/cb",
    ],
)
def test_https_addresses_are_accepted(uri: str) -> None:
    assert fault(uri) is None


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/callback",
        "//example.vn/cb",
        "https:/example.vn/cb",
        "https:///cb",
        "https://example.vn/cb#",
        "https://example.vn/cb#part",
        "https://user@example.vn/cb",
        "https://user:pass@example.vn/cb",
        "https://example.vn\\@evil.vn/cb",
        "https://*.example.vn/cb",
        "https://example.vn/*",
        "https://example.vn/cb\r\nX: y",
        "https://example.vn/cb\x00",
        "https://example.vn/%0d%0aX",
        "https://example.vn/%zz",
        "https://example.vn/a/../cb",
        "https://example.vn/a/%2e%2E/cb",
        "https://example.vn/c b",
        "https://exаmple.vn/cb",
        "https://example。vn/cb",
        "https://example.vn./cb",
        "https://EXAMPLE.vn/cb",
        "https://-example.vn/cb",
        "https://example..vn/cb",
        "https://2130706433/cb",
        "https://0x7f.1/cb",
        "https://127.1/cb",
        "https://[::ffff:127.0.0.1]/cb",
        "https://example.vn:0/cb",
        "https://example.vn:/cb",
        "https://example.vn:65536/cb",
        "https://example.vn/" + "a" * 2000,
        "HTTPS://example.vn/cb",
        "ftp://example.vn/cb",
        "javascript:alert(1)",
        "javascript://example.vn/%0aalert(1)",
        "data:text/html,x",
        "vn.gov.example:/cb",
    ],
)
def test_other_addresses_of_web_clients_are_refused(uri: str) -> None:
    assert fault(uri)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_http_is_for_loopback_and_native_clients(host: str) -> None:
    uri = f"http://{host}:8001/cb"
    assert fault(uri, native=True) is None
    assert fault(uri)
    assert fault(uri, issuer=LOOPBACK) is None


@pytest.mark.parametrize(
    "uri", ["http://example.vn/cb", "http://localhost.example.vn/cb", "http://127.0.0.2/cb"]
)
@pytest.mark.parametrize("issuer", [HTTPS, LOOPBACK])
def test_http_is_refused_elsewhere(uri: str, issuer: IssuerSettings) -> None:
    assert fault(uri, native=True, issuer=issuer)
    assert fault(uri, issuer=issuer)


@pytest.mark.parametrize(
    ("uri", "is_accepted"),
    [
        ("vn.gov.example.app:/callback", True),
        ("vn.gov.example://callback", True),
        ("example:/callback", False),
        ("javascript:/callback", False),
        ("vn.gov.example.app:callback", False),
        ("vn.gov.example.app:///callback", False),
        ("VN.gov.example:/callback", False),
    ],
)
def test_native_schemes_are_reverse_domain_names(uri: str, is_accepted: bool) -> None:
    assert (fault(uri, native=True) is None) is is_accepted


@given(st.text(min_size=1, max_size=30))
@pytest.mark.asvs("1.2.2")
def test_only_characters_of_an_address_are_ever_accepted(text: str) -> None:
    uri = "https://example.vn/" + text
    if fault(uri) is None:
        assert uri.isascii()
        assert uri.isprintable()
        assert not set(uri) & set('#*\\ <>"')


@given(st.text(alphabet=string.printable + "аⅰ。＠／", max_size=25))
def test_nothing_before_the_path_moves_the_host(text: str) -> None:
    uri = f"https://example.vn{text}/cb"
    if fault(uri) is None:
        assert (
            text[:1] in ("", ".", ":", "/", "?", "-")
            or text[0] in string.ascii_lowercase + "0123456789"
        )
        assert "@" not in uri.split("/")[2].split("?", maxsplit=1)[0]


@pytest.mark.asvs("10.4.1")
def test_a_request_must_name_a_registered_address_exactly() -> None:
    registered = ["https://example.vn/cb?a=1"]

    def is_match(uri: str) -> bool:
        return matches(registered, uri, application_type="web")

    assert is_match("https://example.vn/cb?a=1")
    for other in (
        "https://example.vn/cb",
        "https://example.vn/cb?a=1&b=2",
        "https://example.vn/CB?a=1",
    ):
        assert not is_match(other)


def test_only_native_clients_may_use_any_loopback_port() -> None:
    registered = ["http://127.0.0.1/cb"]
    presented = "http://127.0.0.1:51234/cb"
    assert matches(registered, presented, application_type="native")
    assert not matches(registered, presented, application_type="web")


@given(st.text(max_size=20))
def test_a_loopback_port_is_only_a_port(text: str) -> None:
    presented = f"http://127.0.0.1:{text}/cb"
    if matches(["http://127.0.0.1/cb"], presented, application_type="native"):
        assert text.isdigit()
        assert 0 < int(text) < 65536


@pytest.mark.parametrize(
    "presented",
    [
        "http://localhost:5000/cb",
        "http://127.0.0.1:5000/other",
        "http://127.0.0.1:5000/cb?x=1",
        "http://127.0.0.1:5000@evil.vn/cb",
        "http://127.0.0.1:99999/cb",
        "https://127.0.0.1:5000/cb",
        "http://127.0.0.1:5000/cb#x",
    ],
)
def test_all_but_the_port_must_match(presented: str) -> None:
    assert not matches(["http://127.0.0.1/cb"], presented, application_type="native")


REGISTERED = (
    "https://service.example.gov.vn/callback?tenant=1",
    "http://127.0.0.1/cb",
    "http://localhost:8080/cb",
    "vn.gov.example.app:/callback",
)
PIECE = st.text(string.printable + "а。／\u200b", max_size=3) | st.sampled_from(
    ["/", "%2f", "/..", "/.", "@evil.vn", ":443", ":80", "?", "#", "\\", "%00", " ", ".", "*"]
)


@st.composite
def mutations(draw: st.DrawFn) -> str:
    """A registered address with a piece of it replaced, doubled, or written otherwise."""
    uri = draw(st.sampled_from(REGISTERED))
    start = draw(st.integers(0, len(uri)))
    end = draw(st.integers(start, min(len(uri), start + 6)))
    changed = draw(PIECE | st.sampled_from([uri[start:end].upper(), uri[start:end] * 2]))
    return uri[:start] + changed + uri[end:]


@given(mutations() | st.text(max_size=60))
@settings(max_examples=1000)
@pytest.mark.asvs("10.4.1")
def test_no_other_address_is_ever_accepted(presented: str) -> None:
    assert matches(REGISTERED, presented, application_type="web") == (presented in REGISTERED)


@given(mutations() | st.text(max_size=60))
@settings(max_examples=1000)
def test_of_a_native_client_only_the_port_on_loopback_may_be_another(presented: str) -> None:
    if presented in REGISTERED or not matches(REGISTERED, presented, application_type="native"):
        return
    loopback = re.fullmatch(r"http://(127\.0\.0\.1|localhost)(:[1-9][0-9]{0,4})?/cb", presented)
    assert loopback
    assert int((loopback[2] or ":80")[1:]) < 65536


@given(st.integers(1, 65535), st.sampled_from(["127.0.0.1", "localhost"]))
def test_a_native_client_may_use_any_port_on_loopback(port: int, host: str) -> None:
    presented = f"http://{host}:{port}/cb"
    assert matches(REGISTERED, presented, application_type="native")
    assert matches(REGISTERED, presented, application_type="web") == (presented in REGISTERED)
