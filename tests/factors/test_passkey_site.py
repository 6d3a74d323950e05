"""Passkeys are for the issuer's host or a domain above it, used at its exact origin."""

import pytest

from idp.factors.passkey_site import PasskeySite, site_of
from idp.kit.errors import ConfigurationError

NATIONAL = "https://id.gov.example"


@pytest.mark.parametrize(
    ("issuer", "rp_id", "site"),
    [
        ("http://localhost:8000", "", PasskeySite("localhost", "http://localhost:8000")),
        (NATIONAL, "", PasskeySite("id.gov.example", NATIONAL)),
        (NATIONAL, "id.gov.example", PasskeySite("id.gov.example", NATIONAL)),
        (NATIONAL, "gov.example", PasskeySite("gov.example", NATIONAL)),
        (f"{NATIONAL}:443", "GOV.example", PasskeySite("gov.example", NATIONAL)),
        (f"{NATIONAL}:8443", "", PasskeySite("id.gov.example", f"{NATIONAL}:8443")),
    ],
)
def test_they_are_for_the_host_or_what_is_above_it(
    issuer: str, rp_id: str, site: PasskeySite
) -> None:
    assert site_of(issuer, rp_id=rp_id) == site
    assert site.is_on


@pytest.mark.parametrize("rp_id", ["example", "d.gov.example", "other.example", "ov.example", "."])
def test_another_domain_is_refused_by_name(rp_id: str) -> None:
    with pytest.raises(ConfigurationError, match=r"id\.gov\.example or a domain above it"):
        site_of(NATIONAL, rp_id=rp_id)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "192.0.2.7"])
def test_an_address_of_digits_has_none_and_says_so_where_one_is_wanted(host: str) -> None:
    assert not site_of(f"http://{host}:8000").is_on
    with pytest.raises(ConfigurationError, match="Give it a name"):
        site_of(f"http://{host}:8000", rp_id="localhost")
