"""What settings refuse, and that each of them stands in the documentation."""

from typing import Any

import pytest
from pydantic import ValidationError

from idp.settings import Settings
from idp.settings.server import IssuerSettings
from tests.support.settings_page import PAGE, settings_page

SECRET = "x" * 32
PRODUCTION: dict[str, Any] = {
    "environment": "production",
    "issuer": {"url": "https://id.example"},
    "secrets": {"encryption_keys": [SECRET], "lookup_key": SECRET},
}


def test_production_starts_with_https_and_secrets_of_its_own() -> None:
    assert Settings(**PRODUCTION).is_production


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": {"url": "http://id.example"}},
        {"secrets": {}},
        {"secrets": {"encryption_keys": [SECRET], "lookup_key": ""}},
        {"secrets": {"encryption_keys": [SECRET, "short"], "lookup_key": SECRET}},
        {"secrets": {"encryption_keys": ["demo-" + SECRET], "lookup_key": SECRET}},
    ],
)
def test_production_refuses_what_is_public_or_missing(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="production needs"):
        Settings(**{**PRODUCTION, **change})
    assert not Settings(**{**PRODUCTION, **change, "environment": "development"}).is_production


@pytest.mark.parametrize("url", ["https://id.example/", "id.example", "ftp://id.example", ""])
def test_an_issuer_is_an_address_without_a_trailing_slash(url: str) -> None:
    with pytest.raises(ValidationError, match="IDP_ISSUER__URL"):
        Settings(issuer=IssuerSettings(url=url))


def test_a_changed_copy_is_read_as_it_stands() -> None:
    settings = Settings(**PRODUCTION)
    assert settings.is_production
    assert not settings.model_copy(update={"environment": "test"}).is_production


def test_the_page_of_settings_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page(), (
        "run: python -m tests.support.settings_page"
    )
