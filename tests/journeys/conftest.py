"""A served provider with the smallest country, shared by the journeys of one file."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine

from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.settings import Settings
from tests.conftest import make_settings
from tests.support.browser import chromium
from tests.support.country import Citizen, Country, add_citizen, found_country
from tests.support.demo import Demo, running_demo
from tests.support.postgres import Database
from tests.support.races import Racers, racing
from tests.support.served import Served, served
from tests.support.visitor import Visitor

_PATIENT = {"IDP_SERVER__QUEUE_WAIT": "PT20S"}


@pytest.fixture(scope="module")
def country_settings(module_database: Database) -> Settings:
    """The settings of the file's database."""
    return make_settings(module_database)


@pytest.fixture(scope="module")
def country_keyring(country_settings: Settings) -> Keyring:
    """The key ring of the file's database."""
    return country_settings.secrets.keyring()


@pytest.fixture(scope="module")
def country(engine: Engine, country_settings: Settings, country_keyring: Keyring) -> Country:
    """The country in the file's database."""
    return found_country(engine, settings=country_settings, keyring=country_keyring)


@pytest.fixture
def citizen(
    engine: Engine, country: Country, country_settings: Settings, country_keyring: Keyring
) -> Citizen:
    """Somebody of the country, with an app of their own."""
    assert country
    with transaction(engine) as db:
        return add_citizen(db, settings=country_settings, keyring=country_keyring)


@pytest.fixture(scope="module")
def provider(module_database: Database, country: Country) -> Iterator[Served]:
    """The provider on the file's database; `country` has been founded in it."""
    assert country
    with served(module_database) as provider:
        yield provider


@pytest.fixture(scope="module")
def patient(module_database: Database, country: Country) -> Iterator[Served]:
    """A provider that tells nobody to come back: whatever it answers with 5xx is a fault."""
    assert country
    with served(module_database, settings=_PATIENT) as provider:
        yield provider


@pytest.fixture(scope="module")
def racers(module_database: Database, patient: Served) -> Iterator[Racers]:
    """Fifty threads at that provider's two processes."""
    with (
        served(module_database, issuer=patient.url, settings=_PATIENT) as second,
        racing(patient.url, second.url) as racers,
    ):
        yield racers


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """The demo, from nothing."""
    with running_demo() as demo:
        yield demo


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    """A browser that stops at relying parties' doors."""
    visitor = Visitor(stop_at=("https://rp.example/",))
    yield visitor
    visitor.close()
