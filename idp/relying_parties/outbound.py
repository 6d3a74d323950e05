"""How the server fetches what relying parties registered addresses of."""

from idp.kit.http import GuardedClient
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
