"""Which hosts applications name, and whether another agency has one: approval verifies a host."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from sqlalchemy import Text, cast, func, or_, select
from sqlalchemy.orm import Session

from idp.catalogue.models import InformationSystem
from idp.relying_parties.checks import Check
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.lookup import PartyRecord
from idp.relying_parties.models import Environment, RelyingParty, RelyingPartyState
from idp.relying_parties.redirect_uris import is_claimed

_COUNTED = (RelyingPartyState.LIVE, RelyingPartyState.SUSPENDED, RelyingPartyState.SUBMITTED)


def check_hosts(db: Session, record: PartyRecord, *, metadata: ClientMetadata) -> Check:
    """Met when no real application of another agency has a host that a submission names.

    Nor asks for it, as an application or a change that waits for an operator. Pairwise subjects are
    one for all approved applications of a host (`party.sector`).
    """
    named = _hosts((*metadata.redirect_uris, metadata.sector_identifier_uri))
    shared = named & _hosts(_addresses_of_others(db, record, named)) if named else frozenset()
    return Check("host", not shared, tuple(sorted(shared)))


def _addresses_of_others(db: Session, record: PartyRecord, hosts: frozenset[str]) -> Iterator[str]:
    text = func.concat_ws(
        " ",
        func.array_to_string(RelyingParty.redirect_uris, " "),
        RelyingParty.sector_identifier_uri,
        cast(RelyingParty.proposed, Text),
    )
    found = db.scalars(
        select(RelyingParty)
        .join(InformationSystem, InformationSystem.id == RelyingParty.system_id)
        .where(
            InformationSystem.agency_id != record.agency.id,
            RelyingParty.environment == Environment.PRODUCTION,
            RelyingParty.state.in_(_COUNTED),
            or_(*(text.contains(f"://{host}", autoescape=True) for host in hosts)),
        )
    )
    for party in found:
        yield from (*party.redirect_uris, party.sector_identifier_uri)
        if party.proposed and party.submitted_at:
            yield from party.proposed.get("redirect_uris", ())
            yield party.proposed.get("sector_identifier_uri", "")


def _hosts(addresses: Iterable[str]) -> frozenset[str]:
    """The hosts that join clients in one sector."""
    hosts = (urlsplit(address).hostname for address in addresses if is_claimed(address))
    return frozenset(host for host in hosts if host)
