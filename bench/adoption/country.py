"""A country of any size: its registry by the demo's own functions, its people by SQL alone."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from pyroaring import BitMap
from sqlalchemy import Connection, Engine, insert, select, text
from sqlalchemy.orm import Session

from idp.catalogue.models import InformationSystem
from idp.demo.calendar import Calendar
from idp.demo.country import Country, build_country
from idp.figures.counting import Counting
from idp.figures.days import DAY, day_start, each_day, month_end, month_start
from idp.figures.denominators import DenominatorKind, Population, set_denominator
from idp.figures.lists.dues import due_on
from idp.figures.lists.models import LOCAL, SERVED, UNKNOWN, DeliveredList, DeliveredSet
from idp.figures.place_counts import store_place
from idp.figures.sets import PERSON
from idp.kit import clock
from idp.kit.db import table_of, transaction
from idp.places.load import MERGER, load_places, read_provinces
from idp.settings import Settings

MONTHS = 31
"""Whole months of history: as many as say where everybody stood before the last."""
OUTCOMES = 5
"""Sign-ins of each subject in all of them."""
_RESIDENTS, _ENTERPRISES = 4.8, 0.05
"""So many times the subjects; the country has 96 million residents and wants 20 million."""
_SOURCE = "bench"
_LISTED_MONTHS = 12
_ONE_IN = 50
"""So many subjects, one stands in a list of one system."""
_SEED = 7


@dataclass(frozen=True)
class Span:
    """The days of the history: whole months, and those since."""

    first_on: date
    last_month_on: date
    """The last day of the last whole month."""
    yesterday: date
    time_zone: str

    @classmethod
    def until_now(cls, settings: Settings, months: int = MONTHS) -> "Span":
        """The months that are over, up to yesterday."""
        zone = settings.country.time_zone
        today = clock.today(zone)
        last = month_start(today) - DAY
        first = month_start(last, months_before=months - 1)
        return cls(first, last, today - DAY, zone)

    @property
    def days(self) -> int:
        """All of them."""
        return (self.yesterday - self.first_on).days + 1


def found(engine: Engine, owner: Engine, *, settings: Settings, span: Span, subjects: int) -> int:
    """Write it into an empty, migrated database; the number of sign-ins."""
    zone = ZoneInfo(span.time_zone)
    calendar = Calendar(first_on=span.first_on, last_on=span.yesterday, zone=zone)
    with transaction(engine) as db:
        provinces = read_provinces()
        load_places(db)
        country = build_country(
            db,
            random=Random(_SEED),
            provinces=provinces,
            calendar=calendar,
            issuer=settings.issuer,
        )
        _count_everyone(db, span.first_on, subjects)
    with owner.begin() as connection:
        _offer(connection, country)
        _homes(connection)
        indexes = _without_indexes(connection)
        connection.execute(_REGISTERED, _bounds(span, subjects))
        connection.execute(_COMPANIES, _bounds(span, subjects))
        written = 0
        for number, day in enumerate(each_day(span.first_on, span.yesterday)):
            share = (number + 1) / span.days
            rows = round(2 * OUTCOMES * subjects / span.days * share)
            known = max(1, int(share * subjects))
            written += sign_in(connection, day_start(day, span.time_zone), rows, known=known)
        for index in indexes:
            connection.execute(text(index))
        connection.execute(text("ALTER TABLE journal_entry ENABLE TRIGGER USER"))
    with transaction(engine) as db:
        _deliver(db, span, subjects)
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    return written


def sign_in(
    connection: Connection, since: datetime, rows: int, *, known: int, seconds: float = 86400.0
) -> int:
    """So many sign-ins in the seconds from then on, of the first `known` subjects."""
    values = {"since": since, "seconds": seconds, "rows": rows, "known": known}
    connection.execute(_SIGN_INS, values)
    return rows


def _count_everyone(db: Session, on: date, subjects: int) -> None:
    """What the rates are taken of."""
    residents = round(_RESIDENTS * subjects)
    enterprises = max(round(_ENTERPRISES * subjects), 10)
    counts = {
        DenominatorKind.RESIDENTS: residents,
        DenominatorKind.RESIDENTS_14: residents * 3 // 4,
        DenominatorKind.ENTERPRISES: enterprises,
    }
    for kind, value in counts.items():
        set_denominator(db, Population(kind, on, value, _SOURCE))
    counting, census = Counting(db, on, _SOURCE), Counter[str]()
    for each in read_provinces():
        census[each.code if on < MERGER else each.new_code] += each.population_2019
    for code, people in census.items():
        share = people / census.total()
        told = {
            "residents": max(1, round(share * residents)),
            "enterprises": max(1, round(share * enterprises)),
        }
        store_place(counting, {"place": code, "residents_14": None, **told})


def _offer(connection: Connection, country: Country) -> None:
    """What people sign in to, by number."""
    connection.execute(
        text(
            "CREATE TABLE bench_offer (number int PRIMARY KEY, relying_party_id uuid,"
            " service_id uuid, agency_id uuid, tier text, live_on date)"
        )
    )
    found = [
        (outlet, offer)
        for pair in zip(country.central * 4, country.local * 4, strict=False)
        for outlet in pair
        for offer in outlet.offers
    ]
    unique = {(o.relying_party_id, f.service_id): (o, f) for o, f in found}
    connection.execute(
        text(
            "INSERT INTO bench_offer VALUES (:number, :party, :service, :agency, :tier, :live_on)"
        ),
        [
            {
                "number": number,
                "party": outlet.relying_party_id,
                "service": offer.service_id,
                "agency": offer.agency_id,
                "tier": offer.tier.value,
                "live_on": outlet.live_on,
            }
            for number, (outlet, offer) in enumerate(unique.values())
        ],
    )


def _homes(connection: Connection) -> None:
    """Provinces by the share of residents: a table of this session."""
    connection.execute(text("CREATE TEMPORARY TABLE home (since float8, until float8, code text)"))
    provinces, since, rows = read_provinces(), 0.0, []
    everyone = sum(each.population_2019 for each in provinces)
    for each in provinces:
        until = since + each.population_2019 / everyone
        rows.append({"since": since, "until": until, "code": each.code, "new": each.new_code})
        since = until
    connection.execute(text("ALTER TABLE home ADD new_code text"))
    connection.execute(text("INSERT INTO home VALUES (:since, :until, :code, :new)"), rows)


def _without_indexes(connection: Connection) -> list[str]:
    """Drop the journal's indexes, for they are made quicker at the end; how to make them again."""
    connection.execute(text("ALTER TABLE journal_entry DISABLE TRIGGER USER"))
    rows = connection.execute(
        text(
            "SELECT indexname, indexdef FROM pg_indexes"
            " WHERE tablename = 'journal_entry' AND indexname NOT LIKE 'pk%'"
        )
    ).all()
    for name, _ in rows:
        connection.execute(text(f"DROP INDEX {name}"))
    return [definition for _, definition in rows]


def _bounds(span: Span, subjects: int) -> dict[str, object]:
    since = day_start(span.first_on, span.time_zone)
    return {
        "since": since,
        "seconds": (day_start(span.yesterday, span.time_zone) - since).total_seconds(),
        "subjects": subjects,
        "merged_at": day_start(MERGER, span.time_zone),
    }


def _deliver(db: Session, span: Span, subjects: int) -> None:
    """A list of every system that owes one, of each of the last months."""
    random = Random(_SEED)
    systems = db.scalars(select(InformationSystem.id).where(InformationSystem.needs_sign_in)).all()
    most = max(1, subjects // _ONE_IN)
    for ago in range(_LISTED_MONTHS, 0, -1):
        month = month_end(month_start(span.last_month_on, months_before=ago))
        at = day_start(due_on(month), span.time_zone) - timedelta(days=2)
        for system in systems:
            delivered = DeliveredList(
                system_id=system,
                month_on=month,
                version=1,
                delivered_at=at,
                sha256=b"",
                lines=most,
                local_sign_ins=most // 10,
            )
            db.add(delivered)
            db.flush()
            first = random.randrange(_ONE_IN) + 1
            sets = {
                SERVED: BitMap(range(first, subjects + 1, _ONE_IN)),
                LOCAL: BitMap(range(first, subjects + 1, 10 * _ONE_IN)),
                UNKNOWN: BitMap(range(first, subjects + 1, 4 * _ONE_IN)),
            }
            db.execute(
                insert(table_of(DeliveredSet)),
                [
                    {
                        "list_number": delivered.number,
                        "subject_kind": PERSON,
                        "name": name,
                        "bitmap": members.serialize(),
                    }
                    for name, members in sets.items()
                    if members
                ],
            )


_REGISTERED = text("""
INSERT INTO journal_entry (at, event, subject_number, counted, data)
SELECT CAST(:since AS timestamptz) + make_interval(secs => :seconds * (n - 0.5) / :subjects),
    'person.registered', n, true,
    jsonb_build_object('proofing', CASE WHEN n % 20 = 0 THEN 0 WHEN n % 9 < 5 THEN 1 ELSE 2 END,
        'place', CASE WHEN CAST(:since AS timestamptz)
            + make_interval(secs => :seconds * (n - 0.5) / :subjects) < :merged_at
            THEN code ELSE new_code END)
FROM generate_series(1, :subjects) AS n
JOIN home ON mod(abs(hashint8(n)), 1000000) / 1000000.0 >= home.since
    AND mod(abs(hashint8(n)), 1000000) / 1000000.0 < home.until
ORDER BY n
""")
"""Subject n is the n-th to register: evenly from the first to the last day, one in 20 unproven."""
_COMPANIES = text("""
INSERT INTO journal_entry (at, event, subject_number, organization_number, counted, data)
SELECT CAST(:since AS timestamptz) + make_interval(secs => :seconds * (n * 25 - 0.4) / :subjects),
    event, CASE WHEN event LIKE 'rep%' THEN n * 25 END, n, true,
    CASE WHEN event LIKE 'rep%'
        THEN jsonb_build_object('role', 'legal_representative', 'valid_on', '2020-01-01')
        ELSE jsonb_build_object('kind', 'enterprise', 'status', 'active') END
FROM generate_series(1, :subjects / 25) AS n,
    (VALUES (1, 'organization.registered'), (2, 'representation.started')) AS told (rank, event)
ORDER BY n, rank
""")
"""Every 25th subject represents an enterprise."""
_SIGN_INS = text("""
INSERT INTO journal_entry (at, event, sign_in_id, outcome, reason, acr, subject_number,
    organization_number, relying_party_id, service_id, agency_id, tier, counted, data)
SELECT CAST(:since AS timestamptz)
        + make_interval(secs => CAST(:seconds AS float8) * (n - 0.5) / :rows),
    'signin.' || CASE outcome WHEN 'success' THEN 'succeeded' ELSE outcome END,
    gen_random_uuid(), outcome,
    CASE WHEN outcome = 'refused' THEN
        CASE WHEN dice < 0.94 THEN 'unmet_authentication_requirements' ELSE 'access_denied' END END,
    CASE WHEN outcome = 'success' THEN CASE WHEN subject % 10 = 0 THEN 'LoA1' ELSE 'LoA2' END END,
    subject,
    CASE WHEN subject % 25 = 0 AND outcome = 'success' AND n % 3 = 0 THEN subject / 25 END,
    o.relying_party_id, o.service_id, o.agency_id, o.tier, true,
    CASE WHEN outcome = 'success'
        THEN jsonb_build_object('method', (ARRAY['pwd otp', 'pwd sms', 'hwk'])[1 + subject % 3])
        ELSE '{}' END
FROM (
    SELECT n, subject, dice, CASE WHEN dice < 0.92 THEN 'success' WHEN dice < 0.96 THEN 'refused'
        ELSE 'abandoned' END AS outcome,
        mod(abs(hashint8(subject * 3 + turn)), (SELECT count(*) FROM bench_offer)::int) AS number
    FROM (
        SELECT n, 1 + floor(power(random(), 1.5) * :known)::int8 AS subject, random() AS dice,
            floor(random() * 3)::int8 AS turn
        FROM generate_series(1, :rows) AS n OFFSET 0
    ) AS drawn OFFSET 0
) AS ended JOIN bench_offer o USING (number)
ORDER BY n
""")
"""Everybody has three services of their own; whoever registered early signs in more often."""
