"""Seeding the synthetic country, in one transaction: it is there whole, or not at all."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import date
from heapq import merge
from itertools import accumulate
from operator import itemgetter
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.demo.accounts import (
    ENTERPRISES,
    ORGANIZATIONS,
    Account,
    Company,
    register_companies,
    register_residents,
    state_events,
)
from idp.demo.beginners import register_beginners
from idp.demo.calendar import Calendar
from idp.demo.cast import PLAYERS, cast_residents, register_cast
from idp.demo.country import Country, build_country
from idp.demo.desks import enter_desks
from idp.demo.factors import give_apps
from idp.demo.history import History, journal_rows
from idp.demo.lists import Lists
from idp.demo.marker import holds_demo
from idp.demo.residents import RESIDENTS, Resident, make_residents
from idp.demo.stories import LATE_MINISTRY, correct_homes
from idp.demo.voices import answer_questions
from idp.figures.counting import Counting
from idp.figures.days import DAY, month_start
from idp.figures.denominators import SYNTHETIC_SOURCE, DenominatorKind, Population, set_denominator
from idp.figures.group_counts import store_group
from idp.figures.groups import AGE_BANDS, SEXES, band_of
from idp.figures.place_counts import store_place
from idp.figures.rolling_days import roll_windows
from idp.figures.rollup import roll_up
from idp.figures.rules import counting_rules
from idp.journal.record import copy_entries
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.kit.errors import ConfigurationError
from idp.kit.immutable import immutable
from idp.people.population import import_population
from idp.places.load import load_places, read_provinces
from idp.settings import Settings

ACCOUNTS = 12_000
MONTHS = 30
_SEED = 17
_FOURTEEN = 14

Report = Callable[[str, float], None]
"""Called with the step that begins and the share of the work that is done, 0 to 1."""


def _say_nothing(_step: str, _share: float) -> None:
    """For callers that show no progress."""


@immutable
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
        calendar = _calendar(settings)
        seeded = _Seeding(db, settings, keyring, scale, report, calendar).run()
    close_days(engine, settings=settings, report=report)
    with transaction(engine) as db:
        correct_homes(db, calendar)
    return seeded


def close_days(engine: Engine, *, settings: Settings, report: Report = _say_nothing) -> None:
    """Compute the figures of the days that are over; nothing when they are there."""
    report("Computing the figures of every day", 0.8)
    with engine.begin() as connection:
        roll_up(connection, rules=counting_rules(settings))
    with engine.begin() as connection:
        roll_windows(connection)
    report("The country is there", 1.0)


@immutable
class _Seeding:
    """The chapters, in the order of `run`: each draws on from the same random numbers."""

    db: Session
    settings: Settings
    keyring: Keyring
    scale: float
    report: Report
    calendar: Calendar
    random: Random = field(default_factory=lambda: Random(_SEED))

    def run(self) -> Seeded:
        """Everything but the figures."""
        provinces = read_provinces()
        self.report("Provinces, agencies, systems and services", 0.0)
        load_places(self.db)
        enter_desks(self.db, provinces, on=self.settings.country.today)
        country = build_country(
            self.db,
            random=self.random,
            provinces=provinces,
            calendar=self.calendar,
            issuer=self.settings.issuer,
        )
        self.report("The population register", 0.04)
        cast = cast_residents(provinces)
        residents = make_residents(
            self.random,
            provinces,
            count=round(RESIDENTS * self.scale) - len(cast),
            today=self.calendar.last_on,
        )
        self._register_population((*cast, *residents))
        self.report("Accounts", 0.14)
        accounts = self._open_accounts(residents, country)
        self.report("Organizations and their representatives", 0.22)
        companies = register_companies(
            self.db,
            random=self.random,
            accounts=accounts,
            count=max(round(ORGANIZATIONS * self.scale), 8) - 1,
            ends_at=self.calendar.ends_at,
        )
        beginners = register_beginners(
            self.db, accounts=accounts, companies=companies, ends_at=self.calendar.ends_at
        )
        return Seeded(
            residents=len(residents) + len(cast),
            accounts=len(accounts),
            organizations=len(companies) + beginners + 1,
            sign_ins=self._write_history(country, residents, accounts, companies),
        )

    def _register_population(self, everyone: Sequence[Resident]) -> None:
        entries = (resident.entry() for resident in everyone)
        import_population(self.db, entries, keyring=self.keyring, at=self.calendar.begins_at)
        on = self.calendar.first_on
        values = {
            DenominatorKind.RESIDENTS: len(everyone),
            DenominatorKind.RESIDENTS_14: sum(r.age(on) >= _FOURTEEN for r in everyone),
            DenominatorKind.ENTERPRISES: max(round(ENTERPRISES * self.scale), 10),
        }
        for kind, value in values.items():
            population = Population(kind, on, value, SYNTHETIC_SOURCE, is_synthetic=True)
            set_denominator(self.db, population)
        self._count_provinces(everyone, on)
        self._count_groups(everyone, on)

    def _count_provinces(self, everyone: Sequence[Resident], on: date) -> None:
        """Residents as the register has them; enterprises as the census has residents."""
        counting = Counting(self.db, on, SYNTHETIC_SOURCE, is_synthetic=True)
        provinces = read_provinces()
        residents = Counter(r.province.code for r in everyone)
        older = Counter(r.province.code for r in everyone if r.age(on) >= _FOURTEEN)
        census = [0, *accumulate(p.population_2019 for p in provinces)]
        share = max(round(ENTERPRISES * self.scale), 10) / census[-1]
        for n, province in enumerate(provinces):
            counts = {
                "residents": residents[province.code],
                "residents_14": older[province.code],
                "enterprises": round(share * census[n + 1]) - round(share * census[n]),
            }
            if any(counts.values()):
                store_place(counting, {"place": province.code, **counts})

    def _count_groups(self, everyone: Sequence[Resident], on: date) -> None:
        """Residents by age band and sex, likewise."""
        counting = Counting(self.db, on, SYNTHETIC_SOURCE, is_synthetic=True)
        residents = Counter((band_of(r.age(on)), r.sex) for r in everyone)
        for band in AGE_BANDS:
            counts = {sex.value: residents[band, sex] for sex in SEXES}
            store_group(counting, {"age": band, **counts})

    def _open_accounts(self, residents: Sequence[Resident], country: Country) -> list[Account]:
        counted = sum(bool(player.password) and not player.is_test for player in PLAYERS)
        count = round(ACCOUNTS * self.scale) - counted
        accounts = register_residents(
            self.db,
            random=self.random,
            keyring=self.keyring,
            residents=residents,
            count=count,
            calendar=self.calendar,
        )
        give_apps(self.db, keyring=self.keyring, accounts=accounts)
        register_cast(
            self.db,
            keyring=self.keyring,
            passwords=self.settings.passwords,
            country=country,
            at=self.calendar.ends_at,
        )
        return accounts

    def _write_history(
        self,
        country: Country,
        residents: Sequence[Resident],
        accounts: Sequence[Account],
        companies: Sequence[Company],
    ) -> int:
        """The number of sign-ins written."""
        self.report("Thirty months of sign-ins", 0.26)
        history = History(self.random, country, self.calendar)
        sign_ins = sorted(
            (*history.of_accounts(accounts), *history.of_companies(companies)),
            key=lambda sign_in: sign_in.at,
        )
        unhappy = country.agencies[LATE_MINISTRY]
        answer_questions(self.db, sign_ins, calendar=self.calendar, unhappy=unhappy)
        self.report("Lists that agencies delivered", 0.36)
        lists = Lists(self.db, self.keyring, self.calendar)
        lists.deliver(residents, accounts, companies, sign_ins)
        self.report("Writing the journal", 0.45)
        at = itemgetter("at")
        events = sorted(state_events(accounts), key=at)
        rows = merge(events, journal_rows(self.random, sign_ins), key=at)
        return copy_entries(self.db.connection(), rows) - len(events)


def _calendar(settings: Settings) -> Calendar:
    """Thirty whole months and the one under way, up to yesterday."""
    yesterday = settings.country.today - DAY
    return Calendar(
        first_on=month_start(yesterday, months_before=MONTHS),
        last_on=yesterday,
        zone=ZoneInfo(settings.country.time_zone),
    )
