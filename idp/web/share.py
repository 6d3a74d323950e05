"""How many rows one source may cause: by sign-ins begun, and by what is refused to it.

Nobody has shown who they are yet, so the address is all there is to tell a flood by; but a browser
in which somebody signed in before has a share of its own, when others have used up its source's.
"""

from ipaddress import ip_network

from sqlalchemy.orm import Session
from starlette.requests import Request

from idp.factors.known_devices import is_known
from idp.kit import clock
from idp.kit.clock import seconds
from idp.rate_limits import (
    REPORTS,
    SIGN_INS,
    SIGN_INS_OF_DEVICE,
    count_up,
    is_over,
    leaves_row,
)
from idp.web.browser import device_secret
from idp.web.messages import N_
from idp.web.part import Site
from idp.web.refusals import TooManyRequests
from idp.web.trusted_proxy import client_ip

_TOO_MANY = N_(
    "Too many sign-ins began from your network within a minute. Please wait, then start again at "
    "the service."
)


def take_share(request: Request, db: Session, *, counts: bool = True) -> int:
    """Count one sign-in begun; the how many-th within the minute it is, 0 where none is counted.

    Raises TooManyRequests when its source has had its share. A source is an IPv4 address or the
    network of an IPv6 one, as far as named proxies tell of it. Many people may stand behind one:
    the share is generous. Loopback is whoever runs the server. Before work that is dear, when none
    has begun yet, `counts` is false: the share is looked at.
    """
    site, address = Site.of(request), client_ip(request)
    if not is_counted(address):
        return 0
    shares = [SIGN_INS.of(address, keyring=site.keyring, settings=site.throttle)]
    device, at = device_secret(request), clock.now()
    if device:
        shares.append(SIGN_INS_OF_DEVICE.of(device, keyring=site.keyring, settings=site.throttle))
    for number, share in enumerate(shares):
        if number and not is_known(db, device=device):
            break
        if not counts and not is_over(db, share, at=at):
            return 0
        if counts and (nth := count_up(db, share, at=at)):
            return nth
    wait = seconds(SIGN_INS.per)
    raise TooManyRequests(_TOO_MANY, retry_after=wait, detail="sign-ins of one source")


def may_report(request: Request, db: Session, *, for_years: bool = False) -> bool:
    """Count one refusal; whether a row of it is kept. For years fewer are."""
    site, address = Site.of(request), client_ip(request)
    if not is_counted(address):
        return True
    share = REPORTS.of(address, keyring=site.keyring, settings=site.throttle)
    nth = count_up(db, share, at=clock.now())
    return nth is not None and (not for_years or leaves_row(nth))


def is_counted(address: str) -> bool:
    """Whether an address, or the network that stands for it, is one of those that are counted."""
    return bool(address) and not ip_network(address, strict=False).is_loopback
