"""The client's address: only what named proxies say is believed."""

from ipaddress import ip_network

import pytest

from idp.web.trusted_proxy import believed

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("fd00::1", "2001:db8::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("testclient", "198.51.100.1", ""),
        ("", "", ""),
    ],
)
@pytest.mark.asvs("4.1.3", "15.3.4")
def test_the_rightmost_address_that_is_no_proxy_s_counts(
    peer: str, forwarded: str, address: str
) -> None:
    assert believed(peer, forwarded, PROXIES) == address
