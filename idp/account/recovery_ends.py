"""How getting an account back ends in its browser: a new password, or whoever began it stops."""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.account.part import AccountPart
from idp.account.recovery_visit import HAVE, OVER, PATH, answered, begin_form, go_back, go_on
from idp.factors.password import hash_password
from idp.kit import clock
from idp.people.profile import read_profile
from idp.recovery.cancelling import cancel_here
from idp.recovery.machine import finish
from idp.recovery.models import Recovery
from idp.recovery.taking_back import take_back
from idp.web.cookies import clear_kept
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.lanes import Lane, in_lane
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.password_check import find_new_errors
from idp.web.routes import Router
from idp.web.told import go_and_tell

router = Router()
_STEPS = ("code", "second", "waits", "again", "password", "back")


@router.post(f"{PATH}/stop")
def stop(request: Request, _form: OwnForm) -> Response:
    """Who began it stops it; the next who uses this browser finds nothing of it."""
    at = clock.now()
    with transaction(request) as db:
        begun = begin_form(request, db, *_STEPS, at=at)
        if isinstance(begun, Response):
            return begun
        is_stopped = cancel_here(db, begun[0], at=at)
        if not is_stopped or begun[0].is_slow:
            return answered(request, db, go_on(request))
        clear_kept(request)
        told = go_and_tell(
            request,
            HAVE,
            Message("It is ended in this browser."),
            meaning=Message("Nothing in the account has changed, and nothing typed is kept here."),
        )
        return answered(request, db, told)


@router.post(f"{PATH}/password")
@in_lane(Lane.HASHES)
def set_new(request: Request, form: OwnForm) -> Response:
    """Set the new password; all access ends, and a sign-in with it begins anew."""
    part, keyring = AccountPart.of(request), Site.of(request).keyring
    with transaction(request) as db:
        begun = begin_form(request, db, "password", "back", at=clock.now())
        if isinstance(begun, Response):
            return begun
        found, person_id = begun
        profile = read_profile(db, keyring=keyring, person_id=person_id)
        errors = find_new_errors(part.passwords, form, owner=profile.declared)
        if errors:
            return answered(request, db, go_back(request, errors))
    password_hash = hash_password(part.passwords, form["password"])
    with transaction(request) as db:
        return answered(request, db, _finish(request, db, found, password_hash))


def _finish(request: Request, db: Session, found: Recovery, password_hash: str) -> Response:
    keyring, ends = Site.of(request).keyring, take_back if found.takes_back else finish
    if not ends(db, found, keyring=keyring, password_hash=password_hash, at=clock.now()):
        return go_back(request, {"": OVER})
    return go_and_tell(
        request,
        PATH,
        Message("Your new password is set."),
        meaning=Message("All devices are signed out. Sign in with the new password now."),
    )
