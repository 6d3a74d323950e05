"""How many sign-ins one source may begin: each leaves rows, whether anybody goes on with it or not.

Nobody has shown who they are yet, so the address is all there is to tell a flood by.
"""

from ipaddress import ip_address

from sqlalchemy.orm import Session
from starlette.requests import Request

from idp.kit import clock
from idp.kit.clock import seconds
from idp.oidc.part import OidcPart
from idp.rate_limits import SIGN_INS, count, is_over
from idp.web.messages import N_
from idp.web.refusals import TooManyRequests
from idp.web.trusted_proxy import client_ip

_TOO_MANY = N_(
    "Very many sign-ins began from your network within a minute. "
    "Wait, then start again at the service."
)


def take_share(request: Request, db: Session, *, counts: bool = True) -> None:
    """Count one sign-in begun. Raises TooManyRequests when its source has had its share.

    A source is an IPv4 address or the network of an IPv6 one, as far as named proxies tell of it.
    Many people may stand behind one: the share is generous. Loopback is whoever runs the server.
    Before work that is dear, when none has begun yet, `counts` is false: the share is looked at.
    """
    part, address = OidcPart.of(request), client_ip(request)
    if not address or ip_address(address).is_loopback:
        return
    allowance, at = SIGN_INS.of(address, keyring=part.keyring, settings=part.throttle), clock.now()
    if not (count(db, allowance, at=at) if counts else not is_over(db, allowance, at=at)):
        wait = seconds(allowance.per)
        raise TooManyRequests(_TOO_MANY, retry_after=wait, detail="sign-ins of one source")
