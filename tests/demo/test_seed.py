"""The synthetic country: whole or not at all, once, never in production, with its shares right."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, func, select

from idp.demo.cast import PLAYERS
from idp.demo.marker import holds_demo, refuse_demo_data
from idp.demo.seed import ACCOUNTS, seed_country
from idp.figures.models import AdoptionFigure
from idp.figures.sets import Figure
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import make_engine, transaction
from idp.kit.errors import ConfigurationError
from idp.organizations.models import Organization
from idp.organizations.tax_codes import normalise
from idp.people.identifiers import find_person, hash_number, hashes_of
from idp.people.models import Person, PopulationRecord
from idp.settings import Settings

SCALE = 0.02


@pytest.fixture(scope="module")
def keyring(module_settings: Settings) -> Keyring:
    """The keys of the file's database."""
    return module_settings.secrets.keyring()


@pytest.fixture(scope="module")
def country(owner: Engine, module_settings: Settings, keyring: Keyring) -> Engine:
    """A database with a small country."""
    seeded = seed_country(owner, settings=module_settings, keyring=keyring, scale=SCALE)
    assert seeded
    return owner


def test_an_interrupted_seed_leaves_nothing_and_the_next_one_succeeds(
    settings: Settings, keyring: Keyring
) -> None:
    engine = make_engine(settings.database.url)

    def cut_off(step: str, _share: float) -> None:
        if step.startswith("Writing"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed_country(engine, settings=settings, keyring=keyring, scale=0.002, report=cut_off)
    with transaction(engine) as db:
        assert not holds_demo(db)
        assert not db.scalar(select(func.count()).select_from(Person))
    assert seed_country(engine, settings=settings, keyring=keyring, scale=0.002)
    engine.dispose()


def test_a_second_seed_changes_nothing(
    country: Engine, module_settings: Settings, keyring: Keyring
) -> None:
    assert seed_country(country, settings=module_settings, keyring=keyring, scale=SCALE) is None


def test_a_quarter_has_an_account_and_a_sixth_uses_it_at_both_levels(country: Engine) -> None:
    with transaction(country) as db:
        residents = db.scalar(select(func.count()).select_from(PopulationRecord)) or 0
        figures = {
            row.figure: row.value
            for row in db.execute(
                select(AdoptionFigure.figure, AdoptionFigure.value).where(
                    AdoptionFigure.subject_kind == "person",
                    AdoptionFigure.day_on
                    == select(func.max(AdoptionFigure.day_on)).scalar_subquery(),
                    AdoptionFigure.window_name.in_(("at_day", "rolling_365")),
                )
            )
        }
    assert figures[Figure.REG] == round(ACCOUNTS * SCALE)
    assert 0.24 < figures[Figure.REG] / residents < 0.26
    assert 0.13 < figures[Figure.UNI_USED] / residents < 0.19


def test_the_printed_people_have_no_history(country: Engine, keyring: Keyring) -> None:
    with transaction(country) as db:
        for player in PLAYERS:
            person_id = find_person(db, number_hashes=hashes_of(keyring, player.number))
            assert (person_id is not None) == bool(player.password)
            number = db.scalar(select(Person.subject_number).where(Person.id == person_id))
            rows = select(func.count()).where(
                JournalEntry.subject_number == (number or 0), JournalEntry.outcome.is_not(None)
            )
            assert db.scalar(rows) == 0


def test_only_those_in_the_register_can_be_matched(country: Engine, keyring: Keyring) -> None:
    with transaction(country) as db:
        for player in PLAYERS:
            record = db.get(PopulationRecord, hash_number(keyring, player.number))
            assert (record is not None) == player.in_register


def test_nobody_else_has_a_password(country: Engine) -> None:
    with transaction(country) as db:
        with_password = db.scalar(
            select(func.count()).where(Person.password_encrypted.is_not(None))
        )
    assert with_password == sum(bool(player.password) for player in PLAYERS)


def test_the_history_ends_with_yesterday(country: Engine, module_settings: Settings) -> None:
    zone = ZoneInfo(module_settings.country.time_zone)
    with transaction(country) as db:
        newest = db.scalar(
            select(func.max(JournalEntry.at)).where(JournalEntry.outcome.is_not(None))
        )
    assert newest
    today = clock.now().astimezone(zone).date()
    assert newest.astimezone(zone).date() == today - timedelta(days=1)


def test_every_tax_code_is_valid(country: Engine) -> None:
    with transaction(country) as db:
        codes = db.scalars(select(Organization.tax_code)).all()
    assert codes
    assert [normalise(code) for code in codes] == list(codes)


@pytest.mark.asvs("6.3.2")
def test_production_refuses_the_country(country: Engine) -> None:
    with pytest.raises(ConfigurationError):
        refuse_demo_data(country)


def test_production_accepts_a_database_without_it(settings: Settings) -> None:
    engine = make_engine(settings.database.url)
    refuse_demo_data(engine)
    engine.dispose()


@pytest.mark.asvs("6.3.2")
def test_production_is_never_seeded(country: Engine, keyring: Keyring) -> None:
    production = Settings.model_construct(environment="production")
    with pytest.raises(ConfigurationError):
        seed_country(country, settings=production, keyring=keyring, scale=SCALE)
