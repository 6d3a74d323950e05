"""What the server fetches from addresses that relying parties registered, and by which client.

Sector identifiers say which clients may know a person by the same pairwise `sub` (Core 8.1). Logos
are a matter of `logos`.
"""

import json

from idp.kit.http import FetchFailed, GuardedClient
from idp.kit.messages import N_
from idp.kit.outbound_hosts import OutboundHosts
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.field_kinds import Fault
from idp.relying_parties.redirect_uris import allows_loopback
from idp.settings import Settings

SENDERS = 72
"""Twice what the outbox sends at once: one that was given up may still look a name up."""


def make_client(settings: Settings) -> GuardedClient:
    """The guarded client of requests under these settings: half of a worker's threads may wait.

    Loopback is open only to a provider that runs on loopback itself (demo, tests), or is told that
    relying parties do (development); production never fetches from there.
    """
    return _client(settings, OutboundHosts(max(1, settings.server.threads // 2)))


def make_sender(settings: Settings) -> GuardedClient:
    """The guarded client of the outbox, which waits in threads of its own."""
    return _client(settings, OutboundHosts(SENDERS, at_host=2, rests=False))


def _client(settings: Settings, hosts: OutboundHosts) -> GuardedClient:
    outbound = settings.outbound
    return GuardedClient(
        private_networks=outbound.private_networks,
        allows_loopback=not settings.is_production and allows_loopback(settings.issuer),
        seconds=outbound.timeout.total_seconds(),
        max_bytes=outbound.max_bytes,
        hosts=hosts,
    )


def find_sector_fault(metadata: ClientMetadata, *, http: GuardedClient) -> Fault | None:
    """What is wrong with the document behind `sector_identifier_uri`; None when nothing is.

    It is fetched whenever metadata that names one is registered or changed, and must be a JSON
    list with every redirect URI (Dynamic Client Registration 5). Never call it in a transaction.
    """
    uri = metadata.sector_identifier_uri
    if not uri:
        return None
    try:
        listed = json.loads(http.get(uri))
    except (FetchFailed, ValueError, RecursionError):
        return Fault("sector_identifier_uri", "This address does not answer with JSON.", uri[:200])
    known = listed if isinstance(listed, list) else []
    missing = [address for address in metadata.redirect_uris if address not in known]
    if not missing and isinstance(listed, list):
        return None
    text = N_("The document at this address must list every redirect URI of the client.")
    return Fault("sector_identifier_uri", text, uri[:200])
