"""Which hosts applications name, and whether another agency has one: approval verifies a host."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Text, cast, func, or_, select
from sqlalchemy.orm import Session

from idp.catalogue.models import InformationSystem
from idp.relying_parties.checks import Check
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.models import Environment, RelyingParty, RelyingPartyState
from idp.relying_parties.redirect_uris import is_claimed

_COUNTED = (RelyingPartyState.LIVE, RelyingPartyState.SUSPENDED, RelyingPartyState.SUBMITTED)


@dataclass(frozen=True, order=True)
class Neighbour:
    """Another agency's real application at a host, which it has or asks for."""

    host: str
    client_id: str
    is_there: bool
    """Whether it was approved at the host; else it waits for an operator."""


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
        Neighbour(host, party.client_id, is_there)
        for party in _others_at(db, system_id, named)
        for addresses, is_there in _addresses(party)
        for host in named & _hosts(addresses)
    }
    return tuple(sorted(found))


def check_hosts(neighbours: Iterable[Neighbour]) -> Check:
    """Met when there are none."""
    hosts = {neighbour.host for neighbour in neighbours}
    return Check("host", not hosts, tuple(sorted(hosts)))


def version_of_hosts(neighbours: Iterable[Neighbour]) -> str:
    """Tells what somebody sees of the hosts from anything else it may have become."""
    return sha256(repr(sorted(neighbours)).encode()).hexdigest()


NO_NEIGHBOURS = version_of_hosts(())


def lock_hosts(db: Session) -> None:
    """Until this transaction ends nobody else approves anything."""
    db.execute(select(func.pg_advisory_xact_lock(func.hashtext("relying_party.hosts"))))


def _others_at(db: Session, system_id: UUID, hosts: frozenset[str]) -> Iterable[RelyingParty]:
    text = func.concat_ws(
        " ",
        func.array_to_string(RelyingParty.redirect_uris, " "),
        RelyingParty.sector_identifier_uri,
        cast(RelyingParty.proposed, Text),
    )
    own = select(InformationSystem.agency_id).where(InformationSystem.id == system_id)
    return db.scalars(
        select(RelyingParty)
        .join(InformationSystem, InformationSystem.id == RelyingParty.system_id)
        .where(
            InformationSystem.agency_id != own.scalar_subquery(),
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
