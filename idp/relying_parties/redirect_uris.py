"""Which redirect URIs may be registered, when the one presented is, and what is added to it.

RFC 8252 and RFC 9700 section 4.1: https with exact string comparison; http only on loopback; a
scheme of its own only for native clients and only in reverse-domain form.
"""

import re
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address
from urllib.parse import urlencode, urlsplit

from idp.kit.messages import N_
from idp.settings.server import IssuerSettings

MAX_LENGTH = 2000

_NOT_PLAIN = re.compile(r"[^\x21-\x7e]")
_NEVER_IN_URI = re.compile(r"[\"<>\\^`{|}]")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})|%[01][0-9A-Fa-f]|%7[Ff]")
_DOT_SEGMENT = re.compile(r"/(?:\.|%2[Ee]){1,2}(?=[/?]|$)")
_WEB = re.compile(r"(https?)://([^/?]*)([/?].*)?")
_AUTHORITY = re.compile(r"(\[::1\]|[^:\[\]@]+)(?::([1-9][0-9]{0,4}))?")
_HOST = re.compile(
    r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?))*"
)
_NUMERIC_LABEL = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)")
_PRIVATE_SCHEME = re.compile(
    r"[a-z][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)+:/{1,2}[A-Za-z0-9][^/]*(?:/.*)?"
)
_LOOPBACK = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(?::([1-9][0-9]{0,4}))?([/?].*)?")
_LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")


def allows_loopback(issuer: IssuerSettings) -> bool:
    """Whether relying parties may be on this machine, by http: the provider is, or allows it."""
    parts = urlsplit(issuer.url)
    is_here = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    return is_here or issuer.allows_loopback


def find_fault(uri: str, *, application_type: str, issuer: IssuerSettings) -> str | None:
    """What forbids registering this redirect URI, as a sentence to show; None when nothing does.

    Plain http is for native clients on loopback, and for any client there where the issuer allows
    it.
    """
    is_native = application_type == "native"
    if fault := _find_text_fault(uri):
        return fault
    if uri.startswith(("https:", "http:")):
        return _find_web_fault(uri, may_be_http=is_native or allows_loopback(issuer))
    if not is_native:
        return N_("Start with https://.")
    if _PRIVATE_SCHEME.fullmatch(uri):
        return None
    return N_(
        "Start with https://, or with a scheme made of your domain name reversed, "
        "like vn.gov.example.app:/callback."
    )


def matches(registered: Iterable[str], presented: str, *, application_type: str) -> bool:
    """Whether the URI of a request is one of the registered.

    Exactly the same string (OIDC Core 3.1.2.1); only on loopback may a native client use any port
    (RFC 8252 section 7.3).
    """
    registered = tuple(registered)
    if presented in registered:
        return True
    if application_type != "native":
        return False
    wanted = _without_port(presented)
    return wanted is not None and any(_without_port(uri) == wanted for uri in registered)


def origin_of(uri: str) -> str:
    """What browsers call the origin of a page at that registrable URI; empty where it has none."""
    parts = urlsplit(uri)
    if parts.scheme not in ("https", "http"):
        return ""
    default = ":443" if parts.scheme == "https" else ":80"
    return f"{parts.scheme}://{parts.netloc.removesuffix(default)}"


def takes_forms(uri: str) -> bool:
    """Whether a browser can post a form there: behind a scheme of its own it is lost, or leaks."""
    return bool(origin_of(uri))


def is_claimed(uri: str) -> bool:
    """Whether what is sent there reaches one party alone: https, by the owner of its host.

    A scheme of its own, or a port of this machine, any program may take (RFC 8252 section 8.6).
    """
    parts = urlsplit(uri)
    host = parts.hostname or ""
    is_named_local = host == "localhost" or host.endswith(".localhost")
    is_number_local = host == "::1" or (_is_canonical_ipv4(host) and IPv4Address(host).is_loopback)
    return parts.scheme == "https" and not (is_named_local or is_number_local)


def with_parameters(uri: str, parameters: dict[str, str]) -> str:
    """The URI with parameters added to its query, its own query kept to the letter."""
    separator = "&" if "?" in uri else "?"
    return f"{uri}{separator}{urlencode(parameters)}" if parameters else uri


def _without_port(uri: str) -> tuple[str, str] | None:
    loopback = _LOOPBACK.fullmatch(uri)
    if loopback is None or _find_text_fault(uri) or int(loopback[2] or 80) > 65535:
        return None
    return loopback[1], loopback[3] or ""


def _find_text_fault(uri: str) -> str | None:
    faults = (
        (len(uri) > MAX_LENGTH, N_("This address is too long: 2000 characters at most.")),
        (
            _NOT_PLAIN.search(uri),
            N_("Use plain ASCII letters without spaces; write other characters percent-encoded."),
        ),
        ("#" in uri, N_("Remove the part from # on: this address has no fragment.")),
        ("*" in uri, N_("Write each address in full: wildcards (*) are not accepted.")),
        (
            _NEVER_IN_URI.search(uri) or _BAD_PERCENT.search(uri),
            N_("This address holds a character that is not allowed in one."),
        ),
        (_DOT_SEGMENT.search(uri), N_("Write the path without . and .. segments.")),
    )
    return next((sentence for is_broken, sentence in faults if is_broken), None)


def _find_web_fault(uri: str, *, may_be_http: bool) -> str | None:
    web = _WEB.fullmatch(uri)
    if web is None:
        return N_("Write a complete address, like https://service.example.gov.vn/callback.")
    if fault := _find_authority_fault(web[2]):
        return fault
    if web[1] == "http" and not _LOOPBACK.fullmatch(uri):
        return N_("Use https. Plain http is accepted only for localhost.")
    if web[1] == "http" and not may_be_http:
        return N_("Use https. Plain http on localhost is only for native applications.")
    return None


def _find_authority_fault(authority: str) -> str | None:
    if "@" in authority:
        return N_("Remove the user name or password before the host name.")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None or int(parts[2] or 1) > 65535:
        return N_(
            "Write a host name, then at most a port number, like example.gov.vn or localhost:8001."
        )
    host = parts[1]
    if host in _LOOPBACK_HOSTS:
        return None
    if not _HOST.fullmatch(host):
        return N_("Write the host name in lower case, with letters, digits, hyphens and dots only.")
    if _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2]) and not _is_canonical_ipv4(host):
        return N_("Write a host name, not a number.")
    return None


def _is_canonical_ipv4(host: str) -> bool:
    try:
        return str(IPv4Address(host)) == host
    except AddressValueError:
        return False
