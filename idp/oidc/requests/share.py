"""How many sign-ins one source may begin: each leaves rows, whether anybody goes on with it or not.

Nobody has shown who they are yet, so the address is all there is to tell a flood by.
"""

from ipaddress import ip_address

from sqlalchemy.orm import Session
from starlette.requests import Request

from idp.kit import clock
from idp.kit.clock import seconds
from idp.oidc.part import OidcPart
from idp.rate_limits.count import count, is_over
from idp.rate_limits.limits import SIGN_INS, Allowance
from idp.web.client_ip import client_ip
from idp.web.messages import N_
from idp.web.refusals import TooManyRequests

_TOO_MANY = N_(
    "Very many sign-ins began from your network within a minute. "
    "Wait, then start again at the service."
)


def take_share(request: Request, db: Session) -> None:
    """Count one sign-in begun. Raises TooManyRequests when its source has had its share.

    A source is an IPv4 address or the network of an IPv6 one, as far as named proxies tell of it.
    Many people may stand behind one: the share is generous. Loopback is whoever runs the server.
    """
    allowance = _allowance(request)
    if allowance and not count(db, allowance, at=clock.now()):
        raise _refusal(allowance)


def check_share(request: Request, db: Session) -> None:
    """Count nothing, before work that is dear. Raises TooManyRequests as `take_share` would."""
    allowance = _allowance(request)
    if allowance and is_over(db, allowance, at=clock.now()):
        raise _refusal(allowance)


def _allowance(request: Request) -> Allowance | None:
    part, address = OidcPart.of(request), client_ip(request)
    if not address or ip_address(address).is_loopback:
        return None
    return SIGN_INS.of(address, keyring=part.keyring, settings=part.throttle)


def _refusal(allowance: Allowance) -> TooManyRequests:
    wait = seconds(allowance.per)
    return TooManyRequests(_TOO_MANY, retry_after=wait, detail="sign-ins of one source")
