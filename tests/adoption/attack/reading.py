"""All of it: three months, their versions, every family that is public."""

from datetime import date

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from idp.figures.days import month_start
from idp.kit.db import transaction
from idp.places.load import load_places
from tests.adoption.attack import agencies, areas, groups, moves, nation
from tests.adoption.attack.country import CODES, Country, found_country
from tests.adoption.attack.known import Known, Version
from tests.figures.frozen import close_days, freeze

BEFORE, MONTH, LAST = date(2025, 5, 31), date(2025, 6, 30), date(2026, 1, 31)
"""Two before the provinces were merged: pages have them as they were, too; one that has scores."""
VERSIONS = {BEFORE: 1, MONTH: 3, LAST: 2}
RESIDENTS = 1_200
"""Of each province that has people."""


def publish(
    owner: Engine, seed: int, *, is_adversarial: bool = False
) -> tuple[Country, list[Version]]:
    """Freeze the months of a country in their versions."""
    with transaction(owner) as db:
        load_places(db)
        country = found_country(db, seed, is_adversarial=is_adversarial)
        close_days(db, month_start(MONTH, months_before=12), LAST)
    country.settle(500, companies=40)
    found = []
    for last, count in VERSIONS.items():
        for version in range(1, count + 1):
            country.change(60 if version == 1 else 4 * version)
            rows, actions = country.freeze_of(last, everyone=dict.fromkeys(CODES, RESIDENTS))
            freeze(owner, last, rows, "Ghi nhận muộn" if version > 1 else "", actions=actions)
            found.append(Version(f"{last:%Y-%m}/v{version}", rows, actions))
    return country, found


def collect(browser: TestClient, country: Country, versions: list[Version]) -> Known:
    """Open files of every version; pages and their files of the one that stands."""
    known = Known(browser, country, versions)
    for version in versions:
        nation.read_nation(known, version)
        areas.read_provinces(known, version)
        agencies.read_agencies(known, version)
        groups.read_groups(known, version, f"/adoption/data/{version.name}/groups.json")
    standing = [*{version.month: version for version in versions}.values()]
    for version in standing:
        nation.read_organizations(known, version)
        nation.read_coverage(known, version)
        areas.read_ranking(known, version)
        areas.read_places(known, version)
        agencies.read_pages(known, version)
        groups.read_groups(known, version, f"/adoption/groups.json?month={version.month}")
        moves.read_actions(known, version)
    agencies.read_ministries(known, versions[-1])
    moves.read_moved(known, standing[1], standing[0])
    return known
