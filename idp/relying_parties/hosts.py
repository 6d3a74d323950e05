"""Which hosts applications name, and whether another agency has or had one.

Approval verifies a host. Who comes to a host knows people there as those did who were there before.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Result, ScalarSelect, Text, cast, func, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency, InformationSystem
from idp.kit.clock import to_the_day
from idp.relying_parties.checks import Check
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.models import (
    Environment,
    HostTenure,
    RelyingParty,
    RelyingPartyState,
)
from idp.relying_parties.redirect_uris import is_claimed

_THERE = (RelyingPartyState.LIVE, RelyingPartyState.SUSPENDED)
_COUNTED = (*_THERE, RelyingPartyState.SUBMITTED)


@dataclass(frozen=True, order=True)
class Neighbour:
    """Another agency's real application at a host, which it has or asks for; or that agency had."""

    host: str
    client_id: str
    """Empty for an agency that has no application there any more."""
    is_there: bool
    """Whether it was approved at the host; else it waits for an operator, or is gone."""
    agency: str
    """The agency's code."""
    until: datetime | None = None
    """When the agency left the host, if it did."""


def find_neighbours(
    db: Session, *, system_id: UUID, metadata: ClientMetadata
) -> tuple[Neighbour, ...]:
    """Those at the hosts that a submission of that system's agency names, in order.

    Pairwise subjects are one for all approved applications of a host (`party.sector`).
    """
    named = _hosts((*metadata.redirect_uris, metadata.sector_identifier_uri))
    if not named:
        return ()
    found = {
        Neighbour(host, party.client_id, is_there, agency)
        for party, agency in _others_at(db, system_id, named)
        for addresses, is_there in _addresses(party)
        for host in named & _hosts(addresses)
    }
    there = {(neighbour.host, neighbour.agency) for neighbour in found if neighbour.is_there}
    gone = {
        Neighbour(host, "", is_there=False, agency=agency, until=last_at)
        for host, agency, last_at in _tenures(db, system_id, named)
        if (host, agency) not in there
    }
    return tuple(sorted(found | gone))


def check_hosts(neighbours: Iterable[Neighbour]) -> Check:
    """Met when nobody else has one or asks for it."""
    hosts = {neighbour.host for neighbour in neighbours if neighbour.until is None}
    return Check("host", not hosts, tuple(sorted(hosts)))


def check_former_hosts(neighbours: Iterable[Neighbour], *, time_zone: str) -> Check:
    """Met when nobody else had one; else the host, the agency's code and the day it left there."""
    gone = (
        f"{neighbour.host} {neighbour.agency} {to_the_day(neighbour.until, time_zone):%d/%m/%Y}"
        for neighbour in neighbours
        if neighbour.until is not None
    )
    return Check("former", not (seen := tuple(gone)), seen)


def note_hosts(db: Session, *, relying_party_id: UUID, at: datetime) -> None:
    """Remember that its agency is at the hosts of an approved application.

    To be called when it has come to hosts, and before it leaves some.
    """
    found = db.execute(
        select(
            InformationSystem.agency_id,
            RelyingParty.redirect_uris,
            RelyingParty.sector_identifier_uri,
        )
        .join(InformationSystem, InformationSystem.id == RelyingParty.system_id)
        .where(
            RelyingParty.id == relying_party_id,
            RelyingParty.environment == Environment.PRODUCTION,
            RelyingParty.state.in_(_THERE),
        )
    ).one_or_none()
    hosts = _hosts((*found.redirect_uris, found.sector_identifier_uri)) if found else ()
    if found is None or not hosts:
        return
    rows = [{"host": h, "agency_id": found.agency_id, "last_at": at} for h in sorted(hosts)]
    noting = upsert(HostTenure).values(rows)
    db.execute(
        noting.on_conflict_do_update(
            index_elements=["host", "agency_id"], set_={"last_at": noting.excluded.last_at}
        )
    )


def version_of_hosts(neighbours: Iterable[Neighbour]) -> str:
    """Tells what somebody sees of the hosts from anything else it may have become."""
    return sha256(repr(sorted(neighbours)).encode()).hexdigest()


NO_NEIGHBOURS = version_of_hosts(())


def lock_hosts(db: Session) -> None:
    """Until this transaction ends nobody else approves anything."""
    db.execute(select(func.pg_advisory_xact_lock(func.hashtext("relying_party.hosts"))))


def _tenures(db: Session, system_id: UUID, hosts: frozenset[str]) -> Result[str, str, datetime]:
    return db.execute(
        select(HostTenure.host, Agency.code, HostTenure.last_at)
        .join(Agency, Agency.id == HostTenure.agency_id)
        .where(HostTenure.host.in_(hosts), HostTenure.agency_id != _agency_of(system_id))
    )


def _agency_of(system_id: UUID) -> ScalarSelect[UUID]:
    own = select(InformationSystem.agency_id).where(InformationSystem.id == system_id)
    return own.scalar_subquery()


def _others_at(db: Session, system_id: UUID, hosts: frozenset[str]) -> Result[RelyingParty, str]:
    text = func.concat_ws(
        " ",
        func.array_to_string(RelyingParty.redirect_uris, " "),
        RelyingParty.sector_identifier_uri,
        cast(RelyingParty.proposed, Text),
    )
    return db.execute(
        select(RelyingParty, Agency.code)
        .join(InformationSystem, InformationSystem.id == RelyingParty.system_id)
        .join(Agency, Agency.id == InformationSystem.agency_id)
        .where(
            InformationSystem.agency_id != _agency_of(system_id),
            RelyingParty.environment == Environment.PRODUCTION,
            RelyingParty.state.in_(_COUNTED),
            or_(*(text.contains(f"://{host}", autoescape=True) for host in hosts)),
        )
        .execution_options(populate_existing=True)
    )


def _addresses(party: RelyingParty) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Those it has or asks for, and whether it has them."""
    is_there = party.state is not RelyingPartyState.SUBMITTED
    yield (*party.redirect_uris, party.sector_identifier_uri), is_there
    if party.proposed and party.submitted_at:
        uris = party.proposed.get("redirect_uris", ())
        yield (*uris, party.proposed.get("sector_identifier_uri", "")), False


def _hosts(addresses: Iterable[str]) -> frozenset[str]:
    """The hosts that join clients in one sector."""
    hosts = (urlsplit(address).hostname for address in addresses if is_claimed(address))
    return frozenset(host for host in hosts if host)
