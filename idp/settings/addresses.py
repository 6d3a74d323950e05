"""Which addresses production takes: of itself, of its proxies, and of what it may fetch from."""

import re
from ipaddress import IPv4Network, ip_network

from idp.settings.server import Network

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SITE = re.compile(
    rf"https://(?P<host>(?:{_LABEL}\.)+(?P<last>[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])))"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*"
)
_ONLY_HERE = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "arpa")
_LONGEST_HOST = 253
_OF_THIS_MACHINE = ("127.0.0.0/8", "::1/128", "169.254.0.0/16", "fe80::/10")
_OF_NOBODY = ("0.0.0.0/8", "224.0.0.0/3", "::/128", "::ffff:0:0/96", "64:ff9b::/32", "2002::/16")
"""What is no host's address, and IPv6 that stands for IPv4: that is written as IPv4."""


def is_public_site(url: str) -> bool:
    """Whether it is spelled as browsers spell the https address of a name that others can reach.

    No number, however written; no user, empty, default or impossible port, dot at the end, `..`.
    """
    found = _SITE.fullmatch(url)
    return (
        found is not None
        and len(found["host"]) <= _LONGEST_HOST
        and found["last"] not in _ONLY_HERE
        and found["port"] != "443"
        and int(found["port"] or 1) <= 65535
    )


def is_narrow(network: Network) -> bool:
    """Whether it is one organization's network at most, and of addresses that hosts have.

    Private ones IPv4 /8 and IPv6 /32 at least, others /24 and /48.
    """
    is_ipv4 = isinstance(network, IPv4Network)
    least = (8 if is_ipv4 else 32) if network.is_private else (24 if is_ipv4 else 48)
    return network.prefixlen >= least and not _overlaps(network, _OF_NOBODY)


def is_outside_this_machine(network: Network) -> bool:
    """Whether it has neither loopback nor link-local addresses."""
    return not _overlaps(network, _OF_THIS_MACHINE)


def _overlaps(network: Network, others: tuple[str, ...]) -> bool:
    same_kind = (o for o in map(ip_network, others) if o.version == network.version)
    return any(network.overlaps(other) for other in same_kind)
