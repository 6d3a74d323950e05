"""Seeding the synthetic country, in one transaction: it is there whole, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import merge
from operator import itemgetter
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.adoption.denominators import DenominatorKind, set_denominator
from idp.adoption.rollup import roll_up
from idp.adoption.rules import counting_rules
from idp.demo.accounts import register_residents, state_events
from idp.demo.calendar import Calendar
from idp.demo.cast import PLAYERS, cast_residents, register_cast
from idp.demo.companies import ENTERPRISES, ORGANIZATIONS, register_companies
from idp.demo.country import build_country
from idp.demo.history import History, journal_rows
from idp.demo.marker import holds_demo
from idp.demo.residents import RESIDENTS, Resident, make_residents
from idp.journal.copy import copy_entries
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.kit.errors import ConfigurationError
from idp.people.population import import_population
from idp.places.load import load_places, read_provinces
from idp.settings import Settings

ACCOUNTS = 12_000
MONTHS = 18
_SEED = 17
_SOURCE = "Synthetic country of the demo, at 1 : 2,000"
_FOURTEEN = 14

Report = Callable[[str, float], None]
"""Told what is being done, and which share of the work is behind."""


def _say_nothing(_step: str, _share: float) -> None:
    """For callers that show no progress."""


@dataclass(frozen=True)
class Seeded:
    """What was put into the database."""

    residents: int
    accounts: int
    organizations: int
    sign_ins: int


def seed_country(
    engine: Engine,
    *,
    settings: Settings,
    keyring: Keyring,
    scale: float = 1.0,
    report: Report = _say_nothing,
) -> Seeded | None:
    """Fill an empty database; None when the country is there already.

    `scale` 1.0 is the whole country; tests take less. Raises ConfigurationError in production.
    """
    if settings.is_production:
        raise ConfigurationError("The synthetic country is never put into a production database.")
    with transaction(engine) as db:
        if holds_demo(db):
            return None
        seeded = _seed(db, settings, keyring, scale, report)
    close_days(engine, settings=settings, report=report)
    return seeded


def close_days(engine: Engine, *, settings: Settings, report: Report = _say_nothing) -> None:
    """Compute the figures of the days that are over; nothing when they are there."""
    report("Computing the figures of every day", 0.8)
    with engine.begin() as connection:
        roll_up(connection, rules=counting_rules(settings))
    report("Ready", 1.0)


def _seed(
    db: Session, settings: Settings, keyring: Keyring, scale: float, report: Report
) -> Seeded:
    random = Random(_SEED)
    calendar = _calendar(settings)
    begins_at = calendar.ends_at - timedelta(days=(calendar.last_on - calendar.first_on).days + 1)
    provinces = read_provinces()
    report("Provinces, agencies, systems and services", 0.0)
    load_places(db)
    country = build_country(
        db,
        random=random,
        provinces=provinces,
        start_on=calendar.first_on,
        at=begins_at,
        issuer=settings.issuer,
    )
    report("The population register", 0.04)
    cast = cast_residents(provinces)
    residents = make_residents(
        random,
        provinces,
        count=round(RESIDENTS * scale) - len(cast),
        today=calendar.last_on,
    )
    import_population(db, (r.entry() for r in (*cast, *residents)), keyring=keyring, at=begins_at)
    report("Accounts", 0.14)
    count = round(ACCOUNTS * scale) - sum(bool(player.password) for player in PLAYERS)
    accounts = register_residents(
        db, random=random, keyring=keyring, residents=residents, count=count, calendar=calendar
    )
    register_cast(
        db,
        keyring=keyring,
        passwords=settings.passwords,
        country=country,
        at=calendar.ends_at,
    )
    report("Organizations and their representatives", 0.22)
    companies = register_companies(
        db,
        random=random,
        accounts=accounts,
        count=max(round(ORGANIZATIONS * scale), 8) - 1,
        ends_at=calendar.ends_at,
    )
    report("Eighteen months of sign-ins", 0.26)
    history = History(random, country, calendar)
    sign_ins = sorted(
        (*history.of_accounts(accounts), *history.of_companies(companies)), key=lambda s: s.at
    )
    report("Writing the journal", 0.4)
    events = sorted(state_events(accounts), key=itemgetter("at"))
    copied = copy_entries(
        db.connection(), merge(events, journal_rows(random, sign_ins), key=itemgetter("at"))
    )
    _set_denominators(db, (*cast, *residents), calendar.first_on, scale)
    return Seeded(
        residents=len(residents) + len(cast),
        accounts=len(accounts),
        organizations=len(companies) + 1,
        sign_ins=copied - len(events),
    )


def _calendar(settings: Settings) -> Calendar:
    """Eighteen months that end with yesterday."""
    zone = ZoneInfo(settings.adoption.time_zone)
    yesterday = clock.now().astimezone(zone).date() - timedelta(days=1)
    return Calendar(first_on=_months_before(yesterday, MONTHS), last_on=yesterday, zone=zone)


def _months_before(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, min(day.day, 28))


def _set_denominators(db: Session, residents: tuple[Resident, ...], on: date, scale: float) -> None:
    values = {
        DenominatorKind.RESIDENTS: len(residents),
        DenominatorKind.RESIDENTS_14: sum(r.age(on) >= _FOURTEEN for r in residents),
        DenominatorKind.ENTERPRISES: max(round(ENTERPRISES * scale), 10),
    }
    for kind, value in values.items():
        set_denominator(
            db, kind=kind, counted_on=on, value=value, source=_SOURCE, is_synthetic=True
        )
