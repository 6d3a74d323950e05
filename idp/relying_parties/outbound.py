"""How the server fetches what relying parties registered addresses of."""

from idp.kit.http import GuardedClient
from idp.kit.outbound_hosts import OutboundHosts
from idp.relying_parties.redirect_uris import is_loopback_issuer
from idp.settings import Settings

SENDERS = 32
"""Twice what the outbox sends at once: one that was given up may still look a name up."""


def make_client(settings: Settings) -> GuardedClient:
    """The guarded client of requests under these settings: half of a worker's threads may wait.

    Loopback is open only to a provider that runs on loopback itself (demo, tests); production,
    whose issuer is https, never fetches from there.
    """
    return _client(settings, OutboundHosts(max(1, settings.server.threads // 2)))


def make_sender(settings: Settings) -> GuardedClient:
    """The guarded client of the outbox, which waits in threads of its own."""
    return _client(settings, OutboundHosts(SENDERS, at_host=2, rests=False))


def _client(settings: Settings, hosts: OutboundHosts) -> GuardedClient:
    outbound = settings.outbound
    return GuardedClient(
        private_networks=outbound.private_networks,
        allows_loopback=not settings.is_production and is_loopback_issuer(settings.issuer),
        seconds=outbound.timeout.total_seconds(),
        max_bytes=outbound.max_bytes,
        hosts=hosts,
    )
