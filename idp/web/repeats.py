"""A form of ours that is sent again: what it is known by, and its answer, kept to be given again.

The key of a sent form is a keyed hash of the browser's random id, the address and every field. The
id is kept nowhere, so neither the database nor the secrets, nor both, tell what was typed or open
the answer: only the same form from the same browser does.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import field
from datetime import datetime
from functools import partial
from http.cookies import Morsel
from typing import Any
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.interactions.sent import free_last, keep_last, take_last
from idp.kit.crypto import open_under, seal_under
from idp.kit.errors import Overloaded
from idp.kit.immutable import immutable
from idp.kit.secrets import token_hash
from idp.web.browser import browser_id, session_token
from idp.web.cookies import CookieNames
from idp.web.csrf import own_form
from idp.web.db import transaction
from idp.web.part import Site
from idp.web.reply import reply_of
from idp.web.who import signed_in

_TAKEN = "last_form"
_FREE = "free_form"


@immutable
class FormKey:
    """What a form is known by, as this browser sent it; its answer is sealed under it."""

    value: bytes = field(repr=False)

    @property
    def hash(self) -> bytes:
        """By which it is found again."""
        return token_hash(self.value.hex())


def form_key(request: Request) -> FormKey:
    """The key of the form in this request."""
    fields = sorted(own_form(request).items())
    told = json.dumps([browser_id(request), request.url.path, fields])
    return FormKey(Site.of(request).keyring.lookup_hash("sent form", told))


def seal_answer(
    request: Request, response: Response, *, form: FormKey, whose: UUID | None = None
) -> bytes:
    """Where a redirect leads, and the cookies noted so far, for whoever sends the form again.

    `whose` is the person signed in, if it is an answer to nobody else.
    """
    cookies = {
        name: (cookie.value, {key: value for key, value in cookie.items() if value != ""})
        for name, cookie in reply_of(request).cookies.items()
    }
    return seal_under(form.value, json.dumps([response.headers["location"], cookies, str(whose)]))


@immutable
class KeptAnswer:
    """An answer that a browser may not have seen."""

    location: str
    cookies: dict[str, tuple[str, dict[str, Any]]] = field(repr=False)
    whose: str

    @classmethod
    def open(cls, sealed: bytes, *, form: FormKey) -> "KeptAnswer":
        """What `seal_answer` sealed for that form. Raises DecryptionFailed."""
        return cls(*json.loads(open_under(form.value, sealed)))

    def is_seen_refusal(self, request: Request) -> bool:
        """Whether it left something for the page that says what is wrong, and that has arrived."""
        name = CookieNames.of(request).kept
        left = self.cookies.get(name, ("", {}))[0]
        return bool(left) and request.cookies.get(name) == left

    def has_arrived(self, request: Request) -> bool:
        """Whether the session that it began is the one that the browser has."""
        name = CookieNames.of(request).session
        left = self.cookies.get(name, ("", {}))[0]
        return bool(left) and request.cookies.get(name) == left

    def give(self, request: Request, *, with_session: bool) -> Response:
        """The same again; without the session where the browser has a live one."""
        names = CookieNames.of(request)
        of_session = () if with_session else (names.session, names.state)
        for name, (value, attributes) in self.cookies.items():
            if name not in of_session:
                cookie: Morsel[str] = Morsel()
                cookie.set(name, value, value)
                cookie.update(attributes)
                reply_of(request).cookies[name] = cookie
        return RedirectResponse(self.location, status_code=303)


def answer_again(request: Request, db: Session) -> Response | None:
    """The answer to the same form of somebody signed in; None: judge it, and `keep` the answer.

    Asked before who is signed in: the first answer may have given this browser another session.
    Raises AnswerPending.
    """
    if request.method != "POST" or session_token(request) is None:
        return None
    form = form_key(request)
    kept, taken_at = _take(request, db, form)
    if kept is not None:
        session = signed_in(request, db)
        if session is None or str(session.person_id) == kept.whose:
            return kept.give(request, with_session=session is None)
    _judge(request, form, taken_at)
    return None


def answer_anyone_again(request: Request, db: Session) -> Response | None:
    """The same where nobody need be signed in; `keep` the answer `for_anyone`.

    A refusal is judged anew for whoever has read it: there, the same value is a new attempt.
    """
    form = form_key(request)
    kept, taken_at = _take(request, db, form)
    if kept is not None and kept.is_seen_refusal(request):
        keep_last(db, **_sent(request, form), answer=None)
        kept, taken_at = _take(request, db, form)
    if kept is not None:
        return kept.give(request, with_session=False)
    _judge(request, form, taken_at)
    return None


def _sent(request: Request, form: FormKey) -> dict[str, bytes]:
    return {"browser_hash": token_hash(browser_id(request)), "form_hash": form.hash}


def _take(request: Request, db: Session, form: FormKey) -> tuple[KeptAnswer | None, datetime]:
    """What was answered to that form, else it is this request's; and when it was taken."""
    sealed, taken_at = take_last(db, **_sent(request, form))
    return (KeptAnswer.open(sealed, form=form) if sealed is not None else None), taken_at


def _judge(request: Request, form: FormKey, taken_at: datetime) -> None:
    """This request answers the form, and `keep` finds it; one that fails frees it."""
    request.scope["state"][_TAKEN] = form
    browser_hash = token_hash(browser_id(request))
    note_taken(request, partial(free_last, browser_hash=browser_hash, taken_at=taken_at))


def keep(
    request: Request,
    db: Session,
    response: Response,
    *,
    whose: UUID | None = None,
    for_anyone: bool = False,
) -> Response:
    """The response, kept for that person where it leads on; a page, and others', is made anew."""
    form: FormKey | None = request.scope.get("state", {}).pop(_TAKEN, None)
    if form is not None:
        leads_on = (whose is not None or for_anyone) and "location" in response.headers
        answer = seal_answer(request, response, form=form, whose=whose) if leads_on else None
        keep_last(db, **_sent(request, form), answer=answer)
    return response


def note_taken(request: Request, free: Callable[[Session], None]) -> None:
    """This request is to judge a form; `free` has the next request judge it anew."""
    request.scope["state"][_FREE] = free


def has_taken(request: Request) -> bool:
    """Whether this request is to judge a form, and so keeps others from it."""
    return _FREE in request.scope.get("state", {})


def free_taken(request: Request) -> None:
    """Free the form of a request that failed, so that nobody waits for an answer.

    Where that fails as well, others wait as long as a form is judged.
    """
    free = request.scope["state"].pop(_FREE)
    with suppress(SQLAlchemyError, Overloaded), transaction(request) as db:
        free(db)
