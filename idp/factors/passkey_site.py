"""For whom passkeys are made, and where they are used: one host and one exact origin."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from idp.kit.errors import ConfigurationError
from idp.kit.immutable import immutable

_USUAL_PORTS = {"http": 80, "https": 443}


@immutable
class PasskeySite:
    """Without an `rp_id` there are no passkeys here."""

    rp_id: str
    origin: str

    @property
    def is_on(self) -> bool:
        """Whether people can have passkeys here."""
        return bool(self.rp_id)


def site_of(issuer_url: str, *, rp_id: str = "") -> PasskeySite:
    """The site of an issuer, for its host or, if that is given, a domain above it.

    An issuer at an address of digits, like 127.0.0.1, has no passkeys: no browser makes any for
    one (WebAuthn 5.1.3, `rpId` is a domain). Raises ConfigurationError for an `rp_id` that is not
    the host nor above it, or is a whole top-level domain: browsers would refuse every passkey.
    """
    parts = urlsplit(issuer_url)
    host, rp_id = (parts.hostname or "").lower(), rp_id.lower()
    origin = f"{parts.scheme}://{host}"
    if parts.port not in (None, _USUAL_PORTS.get(parts.scheme)):
        origin += f":{parts.port}"
    if _is_address(host):
        if rp_id:
            raise ConfigurationError(
                f"Passkeys cannot be for {rp_id}: the issuer is the address {host}. Give it a name."
            )
        return PasskeySite("", origin)
    is_above = host.endswith(f".{rp_id}") and "." in rp_id
    if rp_id not in ("", host) and not is_above:
        raise ConfigurationError(
            f"Passkeys cannot be for {rp_id}: it must be {host} or a domain above it."
        )
    return PasskeySite(rp_id or host, origin)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
