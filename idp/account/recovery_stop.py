"""The link of a notice: its page shows what it would stop, and only its button stops it."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.kit import clock
from idp.recovery.machine import cancel_by_link, find_by_token
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
_PATH = "/recovery/stop"


@dataclass(frozen=True)
class StopPage:
    """`token` is the link's, where there is something to stop; empty otherwise."""

    token: str = ""


@router.get(_PATH)
def show_stopped(request: Request) -> Response:
    """What a link says that stops nothing, or nothing any more."""
    return render(request, "account/recovery_stop.html", StopPage())


@router.get(f"{_PATH}/{{token}}")
def show(request: Request, token: str) -> Response:
    """Whether there is something to stop; nothing changes."""
    with transaction(request) as db:
        found = find_by_token(db, token, keyring=Site.of(request).keyring)
    return render(request, "account/recovery_stop.html", StopPage(token if found else ""))


@router.post(f"{_PATH}/{{token}}")
def stop(request: Request, token: str, _form: OwnForm) -> Response:
    """Stop it, once."""
    with transaction(request) as db:
        keyring = Site.of(request).keyring
        if not cancel_by_link(db, token, keyring=keyring, at=clock.now()):
            return RedirectResponse(_PATH, status_code=303)
        return go_and_tell(
            request,
            _PATH,
            Message("It is stopped. Nothing in your account has changed."),
            meaning=Message(
                "Whoever asked reads your mail: change the password of your mailbox now."
            ),
        )
