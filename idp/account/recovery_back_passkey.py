"""Taking an account back by a passkey that a recovery set aside: alone, as it signed in before.

Nobody has said who they are when the page asks, so no row keeps the challenge: the form carries
what it comes of, sealed for this browser, and whoever answers spends it.
"""

from datetime import datetime, timedelta
from math import ceil
from secrets import token_bytes

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.account.part import AccountPart
from idp.account.recovery_passkey import REFUSED, take_passkey
from idp.account.recovery_visit import BACK, OVER, PATH, answered, go_back, go_on, unjudged
from idp.factors.ceremony import Purpose, challenge_of, request_options
from idp.factors.kinds import PASSKEY
from idp.kit import clock
from idp.rate_limits import CHALLENGES, FAILURES, count, find_end
from idp.recovery.taking_back import begin_taking_back, find_former
from idp.web.browser import browser_id
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.kept import seal, unseal
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.passkeys import AskedPasskey
from idp.web.repeats import answer_anyone_again
from idp.web.routes import Router
from idp.web.trusted_proxy import client_ip
from idp.web.waits import wait_of

router = Router()
_NOTHING = Message(
    "There is nothing to take back with this passkey: it can be done for 30 days, and not after a "
    "one-stop shop has helped."
)
_PURPOSE = "challenge of taking an account back"


def ask_back(request: Request) -> tuple[AskedPasskey | None, str]:
    """What the page asks of a browser that may have one, and what its form carries. No statement.

    The same of everybody; None where there are no passkeys.
    """
    site = AccountPart.of(request).passkeys
    if not site.is_on:
        return None, ""
    secret = token_bytes(32)
    left = [secret.hex(), clock.now().timestamp()]
    options = request_options(site, challenge=challenge_of(secret, Purpose.OWN))
    sealed = seal(request, left, purpose=_PURPOSE, row=(browser_id(request),))
    return AskedPasskey(f"{BACK}/passkey", Purpose.OWN, options), sealed


@router.post(f"{BACK}/passkey")
def submit(request: Request, form: OwnForm) -> Response:
    """Judge it once; right, the page that says what happened is next in this browser."""
    with transaction(request) as db:
        again = answer_anyone_again(request, db)
        if again is not None:
            return again
        at = clock.now()
        wait = _wait(request, db, at=at)
        if wait is not None:
            return unjudged(request, db, go_back(request, {"": wait}, path=BACK))
        secret = _spend(request, db, form.get("asked", ""), at=at)
        if secret is None:
            return unjudged(request, db, go_back(request, {"": OVER}, path=BACK))
        refused = _begin(request, db, form, secret, at=at)
        response = go_back(request, {"": refused}, path=BACK) if refused else go_on(request, PATH)
        return answered(request, db, response)


def _wait(request: Request, db: Session, *, at: datetime) -> Message | None:
    """What a source is told whose wrong secrets are used up, as at the form beside this one."""
    settings, keyring = AccountPart.of(request).throttle, Site.of(request).keyring
    source = FAILURES.of(client_ip(request), keyring=keyring, settings=settings)
    end = find_end(db, source, at=at)
    return None if end is None else wait_of(ceil((end - at).total_seconds()))


def _spend(request: Request, db: Session, carried: str, *, at: datetime) -> bytes | None:
    """What the challenge came of, for the first who answers it in time."""
    left = unseal(request, carried, purpose=_PURPOSE, row=(browser_id(request),))
    if left is None:
        return None
    secret, asked_at = left
    if at.timestamp() - asked_at > CHALLENGES.per / timedelta(seconds=1):
        return None
    settings, keyring = AccountPart.of(request).throttle, Site.of(request).keyring
    once = CHALLENGES.of(secret, keyring=keyring, settings=settings)
    return bytes.fromhex(secret) if count(db, once, at=at) else None


def _begin(
    request: Request, db: Session, form: dict[str, str], secret: bytes, *, at: datetime
) -> Message | None:
    """Have this browser go on, if what answered rests of a recovery; else what to say."""
    sent, keyring = form.get("answer", ""), Site.of(request).keyring
    taken = take_passkey(request, db, sent, secret=secret, may_rest=True)
    if taken is None:
        return REFUSED
    found, factor = taken
    former = find_former(db, keyring=keyring, person_id=found.owner.person_id, at=at)
    if former is None or found.lost_at != former.lost_at:
        return _NOTHING
    begin_taking_back(
        db,
        former,
        keyring=keyring,
        browser=browser_id(request),
        shown=PASSKEY,
        factor_id=factor.id,
        at=at,
    )
    return None
