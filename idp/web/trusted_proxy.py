"""What a proxy in front of us says of a client: its address, port and certificate.

Only the proxies that the operator named are believed. Where that leaves a proxy's own address for
everybody's, all people are one source to the limits: the log says so, once for each proxy.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import structlog
from starlette.requests import HTTPConnection

from idp.kit import clock
from idp.kit.certificates import ClientCertificate, read_certificate
from idp.web.part import Site

_log = structlog.get_logger("idp.web")
_HOP = re.compile(r"(?P<v4>[0-9.]+)(?::[0-9]{1,5})?|\[(?P<v6>[^]]+)\](?::[0-9]{1,5})?")
"""An address with its port, as some proxies write it; IPv6 is in brackets (RFC 7239 section 6)."""
_MOST_TOLD = 100
_told: set[tuple[str, str]] = set()


def client_ip(request: HTTPConnection) -> str:
    """The address of the person's device as far as it can be believed; empty when unknown."""
    peer = request.client.host if request.client else ""
    proxies = Site.of(request).trusted_proxies
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
    if (forwarded or "forwarded" in request.headers) and not is_from_proxy(request):
        _tell_once("proxy.not_named", peer, setting="IDP_SERVER__TRUSTED_PROXIES")
    elif not forwarded and "forwarded" in request.headers:
        _tell_once("proxy.header_unread", peer, sent="Forwarded", read="X-Forwarded-For")
    return believed(peer, forwarded, proxies)


def client_source(request: HTTPConnection) -> str:
    """That address with the port it called from, where that is known: `203.0.113.7 port 51234`."""
    if is_from_proxy(request):
        header = Site.of(request).port_header
        told = request.headers.get(header, "") if header else ""
    else:
        told = str(request.client.port) if request.client else ""
    is_port = told.isascii() and told.isdigit() and len(told) < 6 and 0 < int(told) < 65536
    return f"{client_ip(request)} port {int(told)}" if is_port else client_ip(request)


def client_certificate(request: HTTPConnection) -> ClientCertificate | None:
    """The certificate that the client showed to the proxy, valid now.

    None unless the settings name the header and the request comes from a trusted proxy: anybody
    else may write into a header what they like.
    """
    mtls = Site.of(request).mtls
    if not mtls.certificate_header or not is_from_proxy(request):
        return None
    sent = request.headers.getlist(mtls.certificate_header)
    content = read_certificate(sent[0]) if len(sent) == 1 else None
    if content is None:
        return None
    said = request.headers.getlist(mtls.verified_header) if mtls.verified_header else []
    certificate = ClientCertificate(content, is_verified=said == ["SUCCESS"])
    return certificate if certificate.is_valid_at(clock.now()) else None


def is_from_proxy(request: HTTPConnection) -> bool:
    """Whether one of the named proxies connected to us."""
    peer = _parsed(request.client.host) if request.client else None
    proxies = Site.of(request).trusted_proxies
    return peer is not None and any(peer in network for network in proxies)


def believed(peer: str, forwarded: str, proxies: Iterable[IPv4Network | IPv6Network]) -> str:
    """The rightmost address that is not a named proxy's: what stands left of it is hearsay.

    `peer` connected to us; `forwarded` is X-Forwarded-For, to which each proxy appends on the
    right.
    """
    networks = tuple(proxies)
    address = _parsed(peer)
    for hop in reversed([part for part in forwarded.split(",")[-20:] if part.strip()]):
        if address is None or not any(address in network for network in networks):
            break
        nearer = _parsed(hop)
        if nearer is None:
            _tell_once("proxy.address_unreadable", peer, sent=hop.strip()[:60])
            break
        address = nearer
    return str(address) if address else ""


@lru_cache(maxsize=4096)
def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    found = _HOP.fullmatch(text.strip())
    try:
        address = ip_address((found["v4"] or found["v6"]) if found else text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _tell_once(event: str, peer: str, **facts: str) -> None:
    """For each peer; strangers may pretend to be proxies, so only of so many."""
    if _parsed(peer) is None or (event, peer) in _told or len(_told) >= _MOST_TOLD:
        return
    _told.add((event, peer))
    _log.warning(event, peer=peer, **facts)
