"""What the server fetches from addresses that relying parties registered, and by which client.

Sector identifiers say which clients may know a person by the same pairwise `sub` (Core 8.1).
"""

import json

from idp.kit.http import FetchFailed, GuardedClient
from idp.kit.messages import N_
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.field_kinds import Fault
from idp.relying_parties.redirect_uris import is_loopback_issuer
from idp.settings import Settings


def make_client(settings: Settings) -> GuardedClient:
    """The guarded client under these settings.

    Loopback is open only to a provider that runs on loopback itself (demo, tests); production,
    whose issuer is https, never fetches from there.
    """
    outbound = settings.outbound
    return GuardedClient(
        private_networks=outbound.private_networks,
        allows_loopback=not settings.is_production and is_loopback_issuer(settings.issuer),
        seconds=outbound.timeout.total_seconds(),
        max_bytes=outbound.max_bytes,
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
