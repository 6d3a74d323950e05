"""Who may come in: staff of an agency, proven and signed in as staff must be."""

from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.journal.actors import Capacity
from idp.kit.errors import NotFound
from idp.kit.immutable import immutable
from idp.kit.secrets import new_error_id
from idp.mandates.posts import (
    Post,
    find_posts,
    find_waiting_posts,
    managed_agency_ids,
    may_manage_agency,
    may_review,
    may_submit,
    may_use_portal,
)
from idp.relying_parties.lookup import PartyRecord, find_party
from idp.relying_parties.models import Environment
from idp.sessions.lookup import CurrentSession
from idp.web.access import (
    Visit,
    demand_second_step,
    demand_staff_level,
    page_for,
    require_session,
)
from idp.web.errors import Failure, log_refusal
from idp.web.language import language_of
from idp.web.messages import N_
from idp.web.part import Site
from idp.web.templates import render


@immutable
class Frame:
    """What the frame around every page of the portal shows."""

    name: str
    agencies: tuple[str, ...]
    has_console: bool


@immutable
class Visitor:
    """A member of an agency's staff who may be here."""

    session: CurrentSession
    posts: tuple[Post, ...]
    agency_ids: frozenset[UUID]
    frame: Frame

    def may_submit(self, record: PartyRecord) -> bool:
        """Whether they answer for it towards the operator: owners of its agency do."""
        return may_submit(self.posts, agency_id=record.agency.id)


@immutable
class ClosedPage:
    """Shown to somebody signed in who holds no post at an agency."""

    name: str
    has_console: bool
    has_waiting_post: bool
    """Two operators have yet to agree to it."""


def _admit(request: Request, db: Session) -> Visitor | Response:
    """The visitor, or the answer they get instead: the way to sign in, or a page that explains.

    Raises RequestRefused for staff who are not proven as they must be.
    """
    return_path = "/portal/new" if request.url.path == "/portal/new" else "/portal"
    session = require_session(
        request,
        db,
        return_path=return_path,
        acting_as=Capacity.AGENCY,
    )
    if isinstance(session, Response):
        return session
    posts = tuple(find_posts(db, person_id=session.person_id, on=Site.of(request).today))
    if not may_use_portal(posts):
        log_refusal(request, Failure(403, "", "portal.closed"), new_error_id())
        waits = find_waiting_posts(db, person_id=session.person_id, on=Site.of(request).today)
        page = ClosedPage(session.name, may_review(posts), has_waiting_post=bool(waits))
        return render(request, "portal/closed.html", page, status=403)
    second = demand_second_step(request, db, session, return_path=return_path)
    if second is not None:
        return second
    demand_staff_level(session)
    language = language_of(request)
    agencies = sorted({post.agency_name(language) for post in posts if post.agency_id})
    frame = Frame(session.name, tuple(agencies), may_review(posts))
    return Visitor(session, posts, managed_agency_ids(posts), frame)


StaffVisit = Visit[Visitor]
for_staff = page_for(_admit)
"""Makes a function of a visit a page for staff of an agency."""
for_secrets = page_for(_admit, signs_in_for="/portal/applications/{client_id}/secret")
"""The same for what shows a secret: for who signed in just now."""


def get_own_party(visit: StaffVisit, client_id: str) -> PartyRecord:
    """The relying party of the visitor's agency; raises NotFound for another's and for none."""
    record = find_party(visit.db, client_id=client_id)
    if record is None or not may_manage_agency(visit.visitor.posts, agency_id=record.agency.id):
        raise NotFound(N_("There is no page at this address."))
    return record


def get_own_sandbox(visit: StaffVisit, client_id: str) -> PartyRecord:
    """The same, of an application of the sandbox only."""
    record = get_own_party(visit, client_id)
    if record.party.environment is not Environment.SANDBOX:
        raise NotFound(N_("There is no page at this address."))
    return record
