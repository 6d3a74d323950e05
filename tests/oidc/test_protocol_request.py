"""A request as Authlib reads it begins with what Authlib gives each, and shares nothing of it."""

from authlib.oauth2 import OAuth2Request
from starlette.datastructures import Headers

from idp.oidc.authlib.request import ProtocolRequest


def asked(method: str = "POST", **fields: str) -> ProtocolRequest:
    return ProtocolRequest(method, fields, Headers({"authorization": f"Bearer {method}"}))


def test_it_has_all_that_authlib_gives_a_request() -> None:
    given = OAuth2Request("GET", "https://provider.invalid/", headers={})
    assert vars(given).keys() <= vars(asked()).keys()


def test_two_requests_share_nothing_that_one_could_change() -> None:
    one, other = asked("POST", grant_type="a"), asked("GET", grant_type="b")
    assert (one.method, other.method) == ("POST", "GET")
    assert one.headers["authorization"] != other.headers["authorization"]
    shared = [name for name, value in vars(one).items() if vars(other)[name] is value]
    assert "client" in shared, "what nobody could change may be"
    for name in shared:
        value = vars(one)[name]
        assert value is None or isinstance(value, (str, tuple, type)), name
    one.client = one.user = object()
    assert (other.client, other.user, asked().client) == (None, None, None)
