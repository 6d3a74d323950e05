"""What settings refuse, and that each of them stands in the documentation."""

from typing import Any

import pytest
from pydantic import ValidationError

from idp.kit.errors import ConfigurationError
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
        {"secrets": {**PRODUCTION["secrets"], "other_lookup_keys": ["short"]}},
        {"secrets": {**PRODUCTION["secrets"], "subject_key": "demo-" + SECRET}},
    ],
)
def test_production_refuses_what_is_public_or_missing(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="production needs"):
        Settings(**{**PRODUCTION, **change})
    assert not Settings(**{**PRODUCTION, **change, "environment": "development"}).is_production


def test_a_look_up_key_is_rotated_only_with_the_subjects_key_told() -> None:
    """G14: else every agency would see other subjects when the first look-up key has gone."""
    rolling = {**PRODUCTION["secrets"], "other_lookup_keys": ["y" * 32]}
    with pytest.raises(ConfigurationError, match="IDP_SECRETS__SUBJECT_KEY"):
        Settings(**{**PRODUCTION, "secrets": rolling}).secrets.keyring()
    before = Settings(**PRODUCTION).secrets.keyring()
    after = Settings(**{**PRODUCTION, "secrets": {**rolling, "subject_key": SECRET}})
    assert after.secrets.keyring().subject_hash("x") == before.subject_hash("x")


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
