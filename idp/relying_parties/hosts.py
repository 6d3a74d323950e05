"""Which hosts applications name, and whether another agency has one: approval verifies a host."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from idp.catalogue.models import InformationSystem
from idp.relying_parties.checks import Check
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.lookup import PartyRecord
from idp.relying_parties.models import Environment, RelyingParty, RelyingPartyState

_OF_NOBODY = ("localhost", "127.0.0.1", "::1")


def check_hosts(db: Session, record: PartyRecord, *, metadata: ClientMetadata) -> Check:
    """Met when no real application of another agency has a host that a submission names.

    Pairwise subjects are one for all approved applications of a host (`subjects.sector_of`).
    """
    named = _hosts((*metadata.redirect_uris, metadata.sector_identifier_uri))
    shared = named & _hosts(_addresses_of_others(db, record, named)) if named else frozenset()
    return Check("host", not shared, tuple(sorted(shared)))


def _addresses_of_others(db: Session, record: PartyRecord, hosts: frozenset[str]) -> Iterable[str]:
    addresses = func.concat_ws(
        " ",
        func.array_to_string(RelyingParty.redirect_uris, " "),
        RelyingParty.sector_identifier_uri,
    )
    found = db.scalars(
        select(addresses)
        .join(InformationSystem, InformationSystem.id == RelyingParty.system_id)
        .where(
            InformationSystem.agency_id != record.agency.id,
            RelyingParty.environment == Environment.PRODUCTION,
            RelyingParty.state.in_((RelyingPartyState.LIVE, RelyingPartyState.SUSPENDED)),
            or_(*(addresses.contains(f"://{host}", autoescape=True) for host in hosts)),
        )
    )
    return (address for line in found for address in line.split())


def _hosts(addresses: Iterable[str]) -> frozenset[str]:
    hosts = (urlsplit(address).hostname for address in addresses)
    return frozenset(host for host in hosts if host and host not in _OF_NOBODY)
