"""The portals through which people of the demo have signed in for months."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.catalogue.models import PublicService, Tier
from idp.demo.agencies import CITY, WARD, agency_id, has_portal
from idp.places.load import SINCE_2008, Province
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.declarations import Declaration, apply_declarations
from idp.relying_parties.models import Environment, RelyingParty
from idp.settings.server import IssuerSettings

_FIRST = 4
"""So many agencies of each tier were connected from the first day on."""
_JOINING_DAYS = 240
_LEFT_OUT = 8
"""One agency in so many is not connected yet."""
_LEAST_LEVEL, _FULL_LEVEL = 3, 4


@dataclass(frozen=True)
class Offer:
    """A service people sign in for, and the agency that owned it on a day."""

    service_id: UUID
    required_acr: str
    agency_id: UUID
    tier: Tier


@dataclass(frozen=True)
class Outlet:
    """A relying party of the demo that has a history."""

    relying_party_id: UUID
    live_on: date
    offers: tuple[Offer, ...]
    place_code: str | None = None
    agency_before_merger: dict[str, UUID] = field(default_factory=dict)
    """Province of 2019 → its agency until 30/06/2025."""


@dataclass(frozen=True)
class Opening:
    """What connecting the portals needs to know."""

    random: Random
    provinces: Sequence[Province]
    agencies: dict[str, UUID]
    services: Sequence[PublicService]
    start_on: date
    at: datetime
    issuer: IssuerSettings


def connect_portals(db: Session, opening: Opening, *, tier: Tier) -> tuple[Outlet, ...]:
    """Register the relying parties of the central, or of the province tier."""
    codes = [
        code
        for code in opening.agencies
        if has_portal(code) and code.startswith("G") == (tier is Tier.CENTRAL)
    ]
    codes = [code for n, code in enumerate(codes) if n % _LEFT_OUT != _LEFT_OUT - 1]
    offered = {code: _offered(opening, code) for code in codes}
    declarations = [_declaration(code, offered[code]) for code in codes]
    apply_declarations(db, declarations, issuer=opening.issuer, at=opening.at)
    parties = db.execute(select(RelyingParty.client_id, RelyingParty.id))
    ids = dict(iter(parties))
    return tuple(
        _outlet(opening, code, ids[_client_id(code)], offered[code], tier, is_first=n < _FIRST)
        for n, code in enumerate(codes)
    )


def _outlet(
    opening: Opening,
    code: str,
    party_id: UUID,
    services: Sequence[PublicService],
    tier: Tier,
    *,
    is_first: bool,
) -> Outlet:
    place = next((p.new_code for p in opening.provinces if p.agency_code == code), None)
    own = opening.agencies[code]
    return Outlet(
        relying_party_id=party_id,
        live_on=opening.start_on
        + timedelta(days=0 if is_first else opening.random.randrange(_JOINING_DAYS)),
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


def _offered(opening: Opening, code: str) -> list[PublicService]:
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
            client_uri=f"{host}/",
            redirect_uris=(f"{host}/callback",),
            post_logout_redirect_uris=(f"{host}/signed-out",),
            scope="openid profile organization",
            service=tuple(service.procedure_code for service in services),
        ),
    )


def _client_id(code: str) -> str:
    return f"portal-{code.lower()}"
