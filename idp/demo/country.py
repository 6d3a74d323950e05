"""The state of the demo: its systems and services, and the portals people sign in to for months."""

from collections.abc import Iterator, Sequence
from dataclasses import field
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.catalogue.add import add_services
from idp.catalogue.models import PublicService, Tier
from idp.demo.agencies import (
    CITY,
    WARD,
    agency_id,
    demo_id,
    enter_agencies,
    has_portal,
    read_rows,
)
from idp.demo.calendar import Calendar
from idp.demo.stories import LATE, LATE_MINISTRY
from idp.demo.systems import enter_systems
from idp.kit.immutable import immutable
from idp.places.load import SINCE_2008, Province
from idp.relying_parties.applying import apply_declarations
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.declarations import Declaration
from idp.relying_parties.lifecycle import Step, take_step
from idp.relying_parties.models import Environment, RelyingParty
from idp.settings.server import IssuerSettings

_FIRST = 4
"""So many agencies of each tier were connected from the first day on."""
_JOINING_DAYS = 240
_WAITS, _LONGEST_WAIT = (9, 21, 33, 47, 75), 94
"""Days from a request until the system is live."""
_LEFT_OUT = 8
"""One agency in so many is not connected yet."""
_LEAST_LEVEL, _FULL_LEVEL = 3, 4


@immutable
class Offer:
    """A service people sign in for, and the agency that owned it on a day."""

    service_id: UUID
    required_acr: str
    agency_id: UUID
    tier: Tier


@immutable
class Outlet:
    """A relying party of the demo that has a history."""

    relying_party_id: UUID
    live_on: date
    offers: tuple[Offer, ...]
    place_code: str | None = None
    agency_before_merger: dict[str, UUID] = field(default_factory=dict)
    """Province of 2019 → its agency until 30/06/2025."""


@immutable
class Country:
    """What the history draws from."""

    agencies: dict[str, UUID]
    central: tuple[Outlet, ...]
    local: tuple[Outlet, ...]


@immutable
class _Opening:
    """What connecting the portals needs to know."""

    random: Random
    provinces: list[Province]
    agencies: dict[str, UUID]
    services: Sequence[PublicService]
    start_on: date
    last_on: date
    at: datetime
    issuer: IssuerSettings


def build_country(
    db: Session,
    *,
    random: Random,
    provinces: list[Province],
    calendar: Calendar,
    issuer: IssuerSettings,
) -> Country:
    """Enter agencies, systems, services and production relying parties."""
    at = calendar.begins_at
    agencies = enter_agencies(db, provinces)
    owners = [code for code in agencies if has_portal(code)]
    systems = enter_systems(db, random=random, agencies=agencies, owners=owners, calendar=calendar)
    services = list(_services(agencies, systems, owners, at))
    add_services(db, services)
    add_services(db, _sample_services(agencies, systems, at))
    days = (calendar.first_on, calendar.last_on)
    opening = _Opening(random, provinces, agencies, services, *days, at, issuer)
    return Country(
        agencies=agencies,
        central=_connect_portals(db, opening, tier=Tier.CENTRAL),
        local=_connect_portals(db, opening, tier=Tier.PROVINCE),
    )


def _services(
    agencies: dict[str, UUID], systems: dict[str, UUID], owners: Sequence[str], at: datetime
) -> Iterator[PublicService]:
    kinds = list(read_rows("services.csv"))
    for index, owner in enumerate(owners):
        named = owner if owner.startswith("G") else "province"
        rows = [row for row in kinds if row["owner"] == named]
        if owner == CITY:
            rows += [row for row in kinds if row["owner"] == "commune"]
        for number, row in enumerate(rows, start=1):
            level = int(row["level"])
            is_declared = level == 4 and (index + number) % 9 > 0
            held_by = WARD if row["owner"] == "commune" else owner
            yield PublicService(
                id=demo_id(f"service:{owner}:{number}"),
                procedure_code=f"2.{index:03}{number:03}",
                agency_id=agencies[held_by],
                system_id=systems[f"{owner}.CDVC"],
                name_vi=row["name_vi"],
                name_en=row["name_en"],
                level=level,
                level_valid_on=SINCE_2008,
                required_acr=row["required_acr"],
                declared_login=is_declared,
                tested_at=at if is_declared and (index + number) % 5 else None,
            )


def _sample_services(
    agencies: dict[str, UUID], systems: dict[str, UUID], at: datetime
) -> Iterator[PublicService]:
    for row in read_rows("sample_services.csv"):
        yield PublicService(
            id=demo_id(f"service:{row['code']}"),
            procedure_code=row["code"],
            agency_id=agencies[row["agency"]],
            system_id=systems[row["system"]],
            name_vi=row["name_vi"],
            name_en=row["name_en"],
            level=int(row["level"]),
            level_valid_on=SINCE_2008,
            required_acr=row["required_acr"],
            declared_login=True,
            tested_at=at,
        )


def _connect_portals(db: Session, opening: _Opening, *, tier: Tier) -> tuple[Outlet, ...]:
    """Register the relying parties of the central, or of the province tier."""
    codes = [
        code
        for code in opening.agencies
        if has_portal(code) and code.startswith("G") == (tier is Tier.CENTRAL)
    ]
    codes = [code for n, code in enumerate(codes) if n % _LEFT_OUT != _LEFT_OUT - 1]
    offered = {code: _offered(opening, code) for code in codes}
    first, later = codes[:_FIRST], codes[_FIRST:]
    declarations = [_declaration(code, offered[code]) for code in first]
    apply_declarations(db, declarations, issuer=opening.issuer, at=opening.at)
    live = dict.fromkeys(first, opening.start_on) | {c: _live_on(opening, c) for c in later}
    for n, code in enumerate(later):
        _ask_and_wait(db, opening, _declaration(code, offered[code]), live[code], n)
    parties = db.execute(select(RelyingParty.client_id, RelyingParty.id))
    ids = dict(iter(parties))
    return tuple(
        _outlet(opening, code, ids[_client_id(code)], offered[code], tier, live_on=live[code])
        for code in codes
    )


def _live_on(opening: _Opening, code: str) -> date:
    joined_on = opening.start_on + timedelta(days=opening.random.randrange(_JOINING_DAYS))
    return opening.last_on - LATE if code == LATE_MINISTRY else joined_on


def _ask_and_wait(
    db: Session, opening: _Opening, declaration: Declaration, live_on: date, number: int
) -> None:
    """The agency asks, is approved, and goes live on that day; the late one waits longest."""
    is_late = live_on == opening.last_on - LATE
    days = _LONGEST_WAIT if is_late else _WAITS[number % len(_WAITS)]
    live_at = opening.at + (live_on - opening.start_on)
    asked_at = max(opening.at, live_at - timedelta(days=days))
    apply_declarations(db, [declaration], issuer=opening.issuer, at=asked_at, needs_owner=True)
    party = db.scalars(
        select(RelyingParty.id).where(RelyingParty.client_id == declaration.client_id)
    ).one()
    steps: tuple[tuple[Step, datetime], ...] = (
        ("submit", asked_at),
        ("approve", live_at),
        ("go_live", live_at),
    )
    for step, at in steps:
        take_step(db, relying_party_id=party, step=step, at=at)


def _outlet(
    opening: _Opening,
    code: str,
    party_id: UUID,
    services: Sequence[PublicService],
    tier: Tier,
    *,
    live_on: date,
) -> Outlet:
    place = next((p.new_code for p in opening.provinces if p.agency_code == code), None)
    own = opening.agencies[code]
    return Outlet(
        relying_party_id=party_id,
        live_on=live_on,
        offers=tuple(
            Offer(s.id, s.required_acr, s.agency_id, tier if s.agency_id == own else Tier.COMMUNE)
            for s in services
            if s.tested_at or s.level < _FULL_LEVEL
        ),
        place_code=place,
        agency_before_merger={
            p.code: agency_id(p.agency_code, SINCE_2008)
            for p in opening.provinces
            if place and p.new_code == place
        },
    )


def _offered(opening: _Opening, code: str) -> list[PublicService]:
    """What an agency lets people sign in to; the city also for a ward."""
    owners = {opening.agencies[code], opening.agencies[WARD] if code == CITY else None}
    return [
        s
        for s in opening.services
        if s.agency_id in owners and (s.declared_login or s.level == _LEAST_LEVEL)
    ]


def _declaration(code: str, services: Sequence[PublicService]) -> Declaration:
    host = f"https://dichvucong.{code.lower().replace('.', '-')}.example"
    return Declaration(
        system=f"{code}.CDVC",
        environment=Environment.PRODUCTION,
        client_id=_client_id(code),
        metadata=ClientMetadata(
            client_name=f"Cổng dịch vụ công {code}",
            client_name_en=f"Public service portal {code}",
            purpose_vi="tiếp nhận và trả kết quả hồ sơ dịch vụ công trực tuyến",
            purpose_en="receiving your application online and returning its result",
            policy_uri=f"{host}/privacy",
            redirect_uris=(f"{host}/callback",),
            post_logout_redirect_uris=(f"{host}/signed-out",),
            scope="openid profile organization",
            service=tuple(service.procedure_code for service in services),
        ),
    )


def _client_id(code: str) -> str:
    return f"portal-{code.lower()}"
