"""How many sign-ins one source may begin: each leaves rows, whether anybody goes on with it or not.

Nobody has shown who they are yet, so the address is all there is to tell a flood by.
"""

from ipaddress import ip_address

from starlette.requests import Request

from idp.oidc.part import OidcPart
from idp.people.throttle import source_key
from idp.web.client_ip import client_ip
from idp.web.messages import N_
from idp.web.refusals import TooManyRequests

_TOO_MANY = N_(
    "Very many sign-ins began from your network within a minute. "
    "Wait, then start again at the service."
)
_SECONDS = 60


def take_share(request: Request) -> None:
    """Count one sign-in begun. Raises TooManyRequests when its source has had its share.

    A source is an IPv4 address or the network of an IPv6 one, as far as named proxies tell of it.
    Many people may stand behind one: the share is generous. Loopback is whoever runs the server.
    """
    part, address = OidcPart.of(request), client_ip(request)
    if not address or ip_address(address).is_loopback:
        return
    if not part.sign_ins.admits(source_key(part.keyring, purpose="sign_ins", address=address)):
        raise TooManyRequests(_TOO_MANY, retry_after=_SECONDS, detail="sign-ins of one source")
