"""Who may come in: operators, proven and signed in as staff must be."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.journal.actors import Actor, Capacity, acted_by
from idp.kit.errors import NotFound
from idp.kit.immutable import immutable
from idp.mandates.posts import (
    Post,
    find_posts,
    may_return_numbers,
    may_review,
    may_use_portal,
)
from idp.sessions.lookup import CurrentSession
from idp.web.access import (
    Visit,
    as_route,
    demand_second_step,
    demand_staff_level,
    is_recent,
    page_for,
    require_session,
    to_sign_in_again,
)
from idp.web.messages import N_
from idp.web.part import Site
from idp.web.repeats import answer_again, keep

PEOPLE = "/console/people"
"""The desk's page."""
DISOWNED = "/console/disowned"
"""The page of what people said was not them."""
FIGURES = "/console/figures"
"""The page of the rolling windows."""
KEYS = "/console/keys"
"""The page of hardware keys that count higher."""
LETTERS = "/console/letters"
"""The page of codes by post."""
RECOVERIES = "/console/recoveries"
"""The page of who waits to get an account back."""
REQUESTS = "/console/requests"
"""The page of what people ask about their data."""
STAFF = "/console/staff"
"""The page of posts that wait."""


@immutable
class Operator:
    """An operator at work; the frame of every page shows `name`, `has_portal` and `has_desk`."""

    session: CurrentSession
    posts: tuple[Post, ...]

    @property
    def has_desk(self) -> bool:
        """Whether they may prove people and give numbers back."""
        return may_return_numbers(self.posts)

    @property
    def name(self) -> str:
        """Who is signed in."""
        return self.session.name

    @property
    def has_portal(self) -> bool:
        """Whether they work for an agency, too."""
        return may_use_portal(self.posts)


def _admit(request: Request, db: Session, *, return_path: str = "/console") -> Operator | Response:
    """The operator, or the way to sign in and on to that path.

    Raises NotFound for who is none, RequestRefused.
    """
    session = require_session(
        request,
        db,
        return_path=return_path,
        acting_as=Capacity.OPERATOR,
    )
    if isinstance(session, Response):
        return session
    posts = tuple(find_posts(db, person_id=session.person_id, on=Site.of(request).today))
    if not may_review(posts):
        raise NotFound(N_("There is no page at this address."))
    second = demand_second_step(request, db, session, return_path=return_path)
    if second is not None:
        return second
    demand_staff_level(session)
    return Operator(session, posts)


def admit_registrar(request: Request, db: Session) -> Operator | Response:
    """The same, of those who may prove people and give numbers back, and signed in just now."""
    operator = _admit_recent(request, db, return_path=PEOPLE)
    if not isinstance(operator, Response):
        acted_by(db, Actor(Capacity.DESK, operator.session.subject_number))
    return operator


def _admit_recent(request: Request, db: Session, *, return_path: str) -> Operator | Response:
    operator = _admit(request, db, return_path=return_path)
    if isinstance(operator, Response):
        return operator
    if not operator.has_desk:
        raise NotFound(N_("There is no page at this address."))
    if not is_recent(request, operator.session):
        return to_sign_in_again(request, db, return_path=return_path)
    return operator


_admit_printer = partial(_admit_recent, return_path=LETTERS)


OperatorVisit = Visit[Operator]
for_operators = page_for(_admit)
"""Makes a function of a visit a page for operators."""
for_decisions = page_for(_admit, signs_in_for="/console/applications/{client_id}")
"""The same for what they decide about an application: for who signed in just now."""
for_staffing = page_for(_admit, signs_in_for=STAFF)
"""The same for what they decide about posts."""
for_refusals = page_for(_admit, signs_in_for=RECOVERIES)
"""The same for ending what somebody waits for."""
for_requests = page_for(_admit, signs_in_for=f"{REQUESTS}/{{request_id}}")
"""The same for what they say to people about their data."""
for_registrars = page_for(admit_registrar)
"""The same, for those who may prove people and give numbers back."""


for_printing = page_for(_admit_printer)
"""The same, for those who print codes."""


def registrar_form(page: Callable[..., Response]) -> Callable[..., Response]:
    """A form of theirs: sent twice, it is judged once and answered alike."""
    return _judged_once(page, admit_registrar)


def printing_form(page: Callable[..., Response]) -> Callable[..., Response]:
    """The same of those who print codes."""
    return _judged_once(page, _admit_printer)


def _judged_once(
    page: Callable[..., Response], admit: Callable[[Request, Session], Operator | Response]
) -> Callable[..., Response]:
    def answer(request: Request, db: Session, **parameters: Any) -> Response:
        again = answer_again(request, db)
        if again is not None:
            return again
        operator = admit(request, db)
        if isinstance(operator, Response):
            return operator
        response = page(Visit(request, db, operator), **parameters)
        return keep(request, db, response, whose=operator.session.person_id)

    return as_route(page, answer, given=1)
