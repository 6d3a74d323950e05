"""Taking an account back by a passkey that a recovery set aside, and the password before.

Whoever found the phone may know its PIN: the passkey alone is theirs as well. Where the account had
no password, one of its recovery codes stands for it.

Nobody has said who they are when the page asks, so no row keeps the challenge: the form carries
what it comes of, sealed for this browser, and whoever answers spends it.
"""

from datetime import datetime, timedelta
from math import ceil
from secrets import token_bytes
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.account.part import AccountPart
from idp.account.recovery_passkey import REFUSED, take_passkey
from idp.account.recovery_visit import BACK, OVER, PATH, answered, go_back, go_on, unjudged
from idp.factors.attempts import Attempt, settle_wrong, take_back
from idp.factors.ceremony import Purpose, challenge_of, request_options
from idp.factors.kinds import PASSKEY, PASSWORD
from idp.factors.password import Verification
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.rate_limits import CHALLENGES, FAILURES, count, find_end
from idp.recovery.taking_back import (
    Former,
    begin_taking_back,
    find_former,
    take_code_before,
)
from idp.web.attempts import count_attempt
from idp.web.browser import browser_id
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.kept import seal, unseal
from idp.web.lanes import Lane, in_lane
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.passkeys import AskedPasskey
from idp.web.password_check import check_against
from idp.web.repeats import answer_anyone_again
from idp.web.routes import Router
from idp.web.trusted_proxy import client_ip
from idp.web.waits import wait_message, wait_of

router = Router()
_BOTH = Message("Enter the password that the account had before, then use its passkey.")
_NOT_RIGHT = Message(
    "Passkey and password do not belong together, or there is nothing to take back: it can be done "
    "for 30 days, and not after a one-stop shop has helped."
)
_PURPOSE = "challenge of taking an account back"


@immutable
class _Shown:
    """A passkey that was right, and the attempt at what goes with it.

    `former` is None where this one takes nothing back.
    """

    former: Former | None
    attempt: Attempt
    factor_id: UUID


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
@in_lane(Lane.HASHES)
def submit(request: Request, form: OwnForm) -> Response:
    """Judge both once, the passkey first; right, the page that says what happened is next here.

    Whoever shows no passkey has no password counted against an account. Each passkey has a counter
    of its own, and the sign-in's is none of them: whoever has the account now fills up neither.
    """
    with transaction(request) as db:
        again = answer_anyone_again(request, db)
        if again is not None:
            return again
        shown = _show_passkey(request, db, form)
        if isinstance(shown, Response):
            return shown
    former = shown.former
    checked = check_against(
        request,
        AccountPart.of(request).passwords,
        form["before"],
        shown.attempt,
        password_hash=former.password_hash if former else None,
    )
    with transaction(request) as db:
        return answered(request, db, _judge(request, db, shown, checked, form["before"]))


def _show_passkey(request: Request, db: Session, form: dict[str, str]) -> _Shown | Response:
    """Take the passkey, and count the attempt at what goes with it; else the answer."""
    at, keyring = clock.now(), Site.of(request).keyring
    wait = _wait(request, db, at=at)
    if wait is not None:
        return unjudged(request, db, _refused(request, wait))
    if not form.get("before"):
        return unjudged(request, db, _refused(request, _BOTH, field="before"))
    secret = _spend(request, db, form.get("asked", ""), at=at)
    if secret is None:
        return unjudged(request, db, _refused(request, OVER))
    taken = take_passkey(request, db, form.get("answer", ""), secret=secret, may_rest=True)
    if taken is None:
        return answered(request, db, _refused(request, REFUSED))
    found, factor = taken
    person_id = found.owner.person_id
    former = find_former(db, keyring=keyring, person_id=person_id, at=at)
    attempt = count_attempt(
        request,
        db,
        PASSWORD,
        settings=AccountPart.of(request).throttle,
        person_id=person_id,
        apart=f"back {factor.id}",
        at=at,
    )
    if not attempt.is_allowed:
        return answered(request, db, _refused(request, wait_message(attempt)))
    rests = former is not None and former.lost_at == found.lost_at
    return _Shown(former if rests else None, attempt, factor.id)


def _judge(
    request: Request, db: Session, shown: _Shown, checked: Verification, typed: str
) -> Response:
    """Have this browser go on where what was typed goes with the passkey; the same words else."""
    at, keyring, former = clock.now(), Site.of(request).keyring, shown.former
    if former is None:
        settle_wrong(db, shown.attempt, at=at)
        return _refused(request, _NOT_RIGHT)
    has_code = take_code_before(db, former, typed, keyring=keyring, at=at)
    if not checked.is_right and not has_code:
        settle_wrong(db, shown.attempt, at=at)
        return _refused(request, _NOT_RIGHT)
    take_back(db, shown.attempt)
    begin_taking_back(
        db,
        former,
        keyring=keyring,
        browser=browser_id(request),
        shown=PASSKEY,
        factor_id=shown.factor_id,
        at=at,
    )
    return go_on(request, PATH)


def _refused(request: Request, why: Message, *, field: str = "") -> Response:
    return go_back(request, {field: why}, path=BACK)


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
