"""Organizations: who represents them on which day, and what is counted for them."""

import random
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, text

from tests.figures.history import (
    ZONE,
    Row,
    at,
    organization_registered,
    organization_status,
    proofed,
    registered,
    represents,
    represents_no_more,
    signed_in,
    write,
)
from tests.figures.test_rollup import FIRST, LAST, both, close, figure, figures_of

DAY = timedelta(days=1)


def counts(connection: Connection, kind: str, day: date = LAST) -> dict[str, int | None]:
    return {
        name: figure(connection, day, name, window, kind)
        for name, window in (
            ("REG", "at_day"),
            ("VER", "at_day"),
            ("ACT", "rolling_365"),
            ("UNI_USED", "rolling_365"),
            ("PART", "rolling_365"),
        )
    }


def test_an_organization_is_proven_by_a_representative_proven_face_to_face(
    connection: Connection,
) -> None:
    write(
        connection,
        registered(1, FIRST, proofing=2),
        registered(2, FIRST, proofing=1),
        *(organization_registered(number, FIRST) for number in (1, 2, 3)),
        organization_registered(4, FIRST, "household"),
        organization_registered(5, FIRST, "branch"),
        represents(1, 1, FIRST),
        represents(2, 2, FIRST),
        represents(1, 5, FIRST),
        *both(1, organization_number=1),
        *both(1, organization_number=4),
    )
    close(connection)
    enterprise = {"REG": 3, "VER": 1, "ACT": 1, "UNI_USED": 1, "PART": 1}
    household = {"REG": 1, "VER": 0, "ACT": 0, "UNI_USED": 1, "PART": 1}
    assert counts(connection, "enterprise") == enterprise
    assert counts(connection, "household") == household
    assert figures_of(connection)["UNI_USED"] == 1, "acting for one, the person counts too"


def naive(connection: Connection, day: date) -> dict[str, int]:
    """The enterprises' figures from raw rows, by a table of representations with their dates."""
    everything = text("SELECT * FROM journal_entry WHERE counted ORDER BY at, id")
    window_from = day - timedelta(days=364)
    proofing: dict[int, int] = {}
    active: dict[int, bool] = {}
    periods: dict[tuple[int, int, str], str | None] = {}
    used: dict[int, list[tuple[str, str]]] = {}
    for row in connection.execute(everything):
        on = row.at.astimezone(ZONE).date()
        if on > day:
            continue
        person, organization = row.subject_number, row.organization_number
        match row.event:
            case "person.registered" | "person.proofed":
                proofing[person] = row.data["proofing"]
            case "organization.registered" | "organization.status_changed":
                active[organization] = row.data["status"] == "active"
            case "representation.started":
                periods[person, organization, row.data["valid_on"]] = None
            case "representation.ended":
                periods[person, organization, row.data["valid_on"]] = row.data["ended_on"]
            case "signin.succeeded" if organization is not None and on >= window_from:
                used.setdefault(organization, []).append((row.acr, row.tier))
    represented = {
        organization
        for (person, organization, valid_on), ended_on in periods.items()
        if proofing[person] >= 2
        and date.fromisoformat(valid_on) <= day
        and (ended_on is None or day < date.fromisoformat(ended_on))
    }
    tiers = {
        organization: {tier == "central" for acr, tier in uses if acr != "LoA1"}
        for organization, uses in used.items()
    }
    live = {organization for organization, is_active in active.items() if is_active}
    return {
        "REG": len(live),
        "VER": len(live & represented),
        "ACT": sum(bool(tiers.get(organization)) for organization in live & represented),
        "UNI_USED": sum(len(tiers.get(organization, ())) == 2 for organization in live),
        "PART": len(live & set(used)),
    }


def made_up_history(organizations: int = 80) -> Iterable[Row]:
    """Organizations come, rest and return; representatives are proofed, start and end, by date."""
    chance = random.Random(11)
    days = [FIRST + n * DAY for n in range((LAST - FIRST).days - 60)]
    for person in range(1, organizations + 1):
        yield registered(person, FIRST, chance.choice([1, 2, 2]))
        if chance.random() < 0.2:
            yield proofed(person, chance.choice(days), chance.choice([1, 2]))
    for organization in range(1, organizations + 1):
        yield organization_registered(organization, FIRST)
        if chance.random() < 0.3:
            resting, returning = sorted(chance.sample(days, 2))
            yield organization_status(organization, resting, "suspended")
            if chance.random() < 0.6:
                yield organization_status(organization, returning, "active")
        person, free_from = chance.randrange(1, organizations + 1), FIRST
        for day in sorted(chance.sample(days, chance.randrange(5))):
            valid_on = max(day + chance.randrange(-9, 40) * DAY, free_from)
            if valid_on > LAST:
                break
            yield represents(person, organization, day, valid_on=valid_on)
            if chance.random() < 0.3:
                break
            noted = day + chance.randrange(1, 9) * DAY
            ended_on = max(noted, valid_on) + chance.randrange(-3, 50) * DAY
            yield represents_no_more(
                person, organization, noted, valid_on=valid_on, ended_on=ended_on
            )
            free_from = max(ended_on, noted, valid_on) + 9 * DAY
        for _ in range(chance.randrange(9)):
            yield signed_in(
                person,
                at(chance.choice(days), chance.choice([0, 6, 23])),
                chance.choice(["central", "province", "commune"]),
                chance.choice(["LoA1", "LoA2", "LoA3"]),
                organization_number=organization,
                counted=chance.random() > 0.1,
            )


def test_past_days_equal_a_naive_recomputation(connection: Connection) -> None:
    rows: list[dict[str, Any]] = sorted(made_up_history(), key=lambda row: row["at"])
    write(connection, *rows)
    for last in (date(2025, 3, 3), date(2025, 3, 4), LAST):  # waiting dates are saved and read
        close(connection, last=last)
    for day in (date(2025, 3, 4), date(2025, 8, 14), date(2025, 12, 31), LAST):
        expected = naive(connection, day)
        assert counts(connection, "enterprise", day) == expected
        assert expected["VER"] > 0
