"""Which relying parties on this machine may be fetched from and told: those of development."""

from collections.abc import Iterator

import pytest

from idp.kit.http import FetchFailed
from idp.relying_parties.outbound import make_client, make_sender
from idp.relying_parties.redirect_uris import find_fault
from idp.settings import Settings
from idp.settings.server import IssuerSettings, OutboundSettings
from tests.support.documents import Documents, serve_documents

HTTPS = "https://id.example.gov.vn"


@pytest.fixture
def party() -> Iterator[Documents]:
    """A relying party on this machine: its keys, request objects, where it is told of sign-outs."""
    with serve_documents() as documents:
        documents.put("/jwks", "{}")
        yield documents


def under(issuer: IssuerSettings, environment: str = "development") -> Settings:
    outbound = OutboundSettings(timeout="PT0.3S")  # type: ignore[arg-type]
    return Settings(environment=environment, issuer=issuer, outbound=outbound)  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [make_client, make_sender])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_https_issuer_reaches_parties_on_this_machine_where_it_is_told_to(
    party: Documents, make: type, host: str
) -> None:
    """C8: keys, requests and sign-outs; without being told it reaches none."""
    url = f"{party.url}/jwks".replace("127.0.0.1", host).replace("localhost", host)
    told = under(IssuerSettings(url=HTTPS, allows_loopback=True))
    assert make(told).send("GET", url).body == b"{}"
    with pytest.raises(FetchFailed):
        make(under(IssuerSettings(url=HTTPS))).send("GET", url)
    assert len(party.asked) == 1


def test_production_reaches_none_whatever_its_settings_say(party: Documents) -> None:
    """C8: the demand refuses the setting; a copy that was changed later reaches none either."""
    told = under(IssuerSettings(url=HTTPS, allows_loopback=True))
    with pytest.raises(FetchFailed):
        make_client(told.model_copy(update={"environment": "production"})).get(f"{party.url}/jwks")


@pytest.mark.parametrize("uri", ["http://localhost:9000/cb", "http://127.0.0.1/cb"])
def test_http_on_this_machine_may_be_registered_where_it_may_be_fetched(uri: str) -> None:
    """C8: of any client; another host's never."""
    told, other = IssuerSettings(url=HTTPS, allows_loopback=True), IssuerSettings(url=HTTPS)
    assert find_fault(uri, application_type="web", issuer=told) is None
    assert find_fault(uri, application_type="web", issuer=other) is not None
    away = uri.replace("localhost", "rp.example").replace("127.0.0.1", "10.0.0.1")
    assert find_fault(away, application_type="web", issuer=told) is not None
