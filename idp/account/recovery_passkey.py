"""A passkey in a recovery: beside the code to the account's contact, or one that was set aside."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.account.part import AccountPart
from idp.account.recovery_visit import OVER, PATH, answered, begin_form, go_back, go_on
from idp.accounts.passkeys import accept_passkey
from idp.factors.ceremony import Purpose, challenge_of, read_answer, request_options
from idp.factors.credentials import Held
from idp.factors.kinds import PASSKEY
from idp.factors.passkeys import Found, find_passkey, note_refused, verify_passkey
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
REFUSED = Message("This passkey does not work here; it may have been removed. Use another way.")


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
        recovery, person_id = begun
        secret, sent = _secret(Site.of(request).keyring, recovery), form.get("answer", "")
        taken = take_passkey(request, db, sent, secret=secret, person_id=person_id)
        if taken is None:
            return answered(request, db, go_back(request, {"": REFUSED}))
        is_ready = show_factor(db, recovery, PASSKEY, factor_id=taken[1].id, at=at)
        return answered(request, db, go_on(request) if is_ready else go_back(request, {"": OVER}))


def take_passkey(
    request: Request,
    db: Session,
    sent: str,
    *,
    secret: bytes,
    person_id: UUID | None = None,
    may_rest: bool = False,
) -> tuple[Found, Held] | None:
    """The passkey that answered what was asked with that secret; what is refused is journaled.

    That person's, if one is given. One that a recovery set aside, if it `may_rest`.
    """
    part, keyring, at = AccountPart.of(request), Site.of(request).keyring, clock.now()
    answer, device = read_answer(sent), device_secret(request)
    given: dict[str, Any] = {"keyring": keyring, "device": device, "may_rest": may_rest}
    found = find_passkey(db, answer, **given) if answer else None
    signed = None
    if answer and found and person_id in (None, found.owner.person_id):
        signed = verify_passkey(
            part.passkeys, found, answer, keyring=keyring, secret=secret, purpose=Purpose.OWN
        )
    factor = accept_passkey(db, found, signed, at=at) if found and signed else None
    if found is not None and factor is not None:
        return found, factor
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
