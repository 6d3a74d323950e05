"""A passkey beside the code to an account's address: like any second factor, a new password."""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.account.part import AccountPart
from idp.account.recovery_visit import OVER, PATH, answered, begin_form, go_back, go_on
from idp.accounts.passkeys import accept_passkey
from idp.factors.ceremony import Purpose, challenge_of, read_answer, request_options
from idp.factors.credentials import Held
from idp.factors.kinds import PASSKEY
from idp.factors.passkeys import find_passkey, note_refused, verify_passkey
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.recovery.machine import show_factor
from idp.recovery.models import Recovery
from idp.web.browser import device_secret
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.passkeys import AskedPasskey
from idp.web.routes import Router
from idp.web.trusted_proxy import client_ip

router = Router()
_REFUSED = Message("This passkey does not work here; it may have been removed. Use another way.")


def ask_second(request: Request, found: Recovery) -> AskedPasskey | None:
    """What the page asks of a browser that may have one; None where there are none.

    It names none: who reads an account's mail is not told what else it has.
    """
    site = AccountPart.of(request).passkeys
    if not site.is_on:
        return None
    challenge = challenge_of(_secret(Site.of(request).keyring, found), Purpose.OWN)
    return AskedPasskey(f"{PATH}/passkey", Purpose.OWN, request_options(site, challenge=challenge))


@router.post(f"{PATH}/passkey")
def show_passkey(request: Request, form: OwnForm) -> Response:
    """Take it once: with that the recovery moves on, and its challenge is over."""
    at = clock.now()
    with transaction(request) as db:
        begun = begin_form(request, db, "second", at=at)
        if isinstance(begun, Response):
            return begun
        factor = _check(request, db, begun[0], form.get("answer", ""))
        if factor is None:
            return answered(request, db, go_back(request, {"": _REFUSED}))
        is_ready = show_factor(db, begun[0], PASSKEY, factor_id=factor.id, at=at)
        return answered(request, db, go_on(request) if is_ready else go_back(request, {"": OVER}))


def _check(request: Request, db: Session, recovery: Recovery, sent: str) -> Held | None:
    """The account's own passkey, if that is what answered."""
    part, keyring, at = AccountPart.of(request), Site.of(request).keyring, clock.now()
    answer = read_answer(sent)
    device = device_secret(request)
    found = find_passkey(db, answer, keyring=keyring, device=device) if answer else None
    signed = None
    if answer and found and found.owner.person_id == recovery.person_id:
        secret = _secret(keyring, recovery)
        purpose = Purpose.OWN
        signed = verify_passkey(
            part.passkeys, found, answer, keyring=keyring, secret=secret, purpose=purpose
        )
    factor = accept_passkey(db, found, signed, at=at) if found and signed else None
    if factor is not None:
        return factor
    note_refused(
        db,
        found,
        keyring=keyring,
        settings=part.throttle,
        address=client_ip(request),
        trace={},
        at=at,
    )
    return None


def _secret(keyring: Keyring, found: Recovery) -> bytes:
    """What the challenge comes of: another one each time that a code was taken."""
    return keyring.lasting_hash("recovery.passkey", f"{found.id} {found.code_taken_at}")
