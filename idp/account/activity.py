"""My sign-ins: when, at which service, in which browser, how it ended."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.account.entry import owner_page
from idp.accounts.disowning import SHOWN_FOR
from idp.accounts.reports import find_disowned
from idp.catalogue.lookup import find_service_names
from idp.factors.credentials import read_credentials
from idp.factors.kinds import KINDS
from idp.journal.activity import ASKED_BY_SERVERS, Activity, list_activity
from idp.journal.sources import find_addresses
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.organizations.register import find_organization_names
from idp.people.models import ContactKind
from idp.relying_parties.lookup import find_party_names
from idp.sessions.lookup import CurrentSession
from idp.web.forms import Query, read_page
from idp.web.language import language_of
from idp.web.messages import N_
from idp.web.paging import Leaf, leaf_of
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.trusted_proxy import client_ip

router = Router()
PATH = "/account/activity"
_LISTED = 9
"""Lines on a page."""
_WORDS = {("signin.attempt_failed", kind.failure): kind.failure_words for kind in KINDS.values()}
"""Of an event with a reason that says more than the event."""
_ABOUT = {kind.name: kind.words for kind in KINDS.values()} | {
    ContactKind.EMAIL.value: N_("e-mail address"),
    ContactKind.PHONE.value: N_("phone number"),
}
"""What kind of factor or contact an event is about."""


@immutable
class Line:
    """One event in words."""

    at: datetime
    what: str
    about: str
    """The kind of factor or contact that it is about; empty for what is about none."""
    kind: str
    service: str
    """Of a test application its own name: it is not the official service that it tries out.

    Empty: the account's own pages."""
    agency: str
    is_test: bool
    organization: str
    """For which the person acted; empty: as themselves."""
    by: str
    """Who did it to them; empty: they did."""
    address: str
    """From where they did it; empty for what others did, and once it is forgotten."""
    is_here: bool
    """Whether that is where they are now."""
    device: str
    """Browser and system; empty: unknown."""
    times: int
    """How often that day; the newest is shown."""
    not_me: str
    """Where the person says that it was not them; empty for what nobody disowns."""


@immutable
class ActivityPage:
    """A page of the events of twelve months, newest first.

    `may_object`: there is a second step that may be somebody else's.
    """

    name: str
    proofing: int
    may_object: bool
    leaf: Leaf[Line]

    @property
    def has_organizations(self) -> bool:
        """Whether the person acted for one."""
        return any(line.organization for line in self.leaf.lines)


@router.get(PATH)
@owner_page(PATH)
def show(request: Request, db: Session, session: CurrentSession, query: Query) -> Response:
    """The list, for whoever is signed in."""
    number, site = read_page(query.get("page", "")), Site.of(request)
    events = list_activity(
        db,
        subject_number=session.subject_number,
        since=session.own_since(clock.now() - SHOWN_FOR),
        zone=site.country.time_zone,
        limit=_LISTED + 1,
        offset=(number - 1) * _LISTED,
    )
    leaf = leaf_of(events, number, most=_LISTED)
    own = read_credentials(db, person_id=session.person_id)
    page = ActivityPage(
        name=session.name,
        proofing=session.proofing,
        may_object=bool(own.unconfirmed(at=clock.now(), shown=session.shown)),
        leaf=leaf.holding(lines_of(request, db, leaf.lines)),
    )
    return render(request, "account/activity.html", page)


def lines_of(request: Request, db: Session, events: Sequence[Activity]) -> tuple[Line, ...]:
    """Events in the words of the request's language."""
    language, here = language_of(request), client_ip(request)
    parties = find_party_names(
        db, party_ids={e.relying_party_id for e in events if e.relying_party_id}
    )
    services = find_service_names(db, service_ids={e.service_id for e in events if e.service_id})
    numbers = {e.organization_number for e in events if e.organization_number}
    organizations = find_organization_names(db, numbers=numbers)
    addresses = _addresses(request, db, events)
    said = find_disowned(db, entry_ids=[event.entry_id for event in events if event.may_disown])
    lines = []
    for event in events:
        party = parties.get(event.relying_party_id) if event.relying_party_id else None
        is_test = party is not None and party.is_test
        address = addresses.get(event.source_id, "") if event.source_id else ""
        service = services.get(event.service_id) if event.service_id and not is_test else None
        whose = service or party
        may_disown = event.may_disown and event.entry_id not in said
        lines.append(
            Line(
                at=event.at,
                what=_WORDS.get((event.event, event.reason or ""), event.words),
                about=_ABOUT.get(event.kind or "", ""),
                kind=event.tone,
                service=whose.name(language) if whose else "",
                agency=whose.agency_name(language) if whose else "",
                is_test=is_test,
                organization=organizations.get(event.organization_number or 0, ""),
                by=event.by,
                address=address,
                is_here=bool(address) and address == here,
                device=event.device or "",
                times=event.times,
                not_me=f"{PATH}/{event.entry_id}/not-me" if may_disown else "",
            )
        )
    return tuple(lines)


def _addresses(request: Request, db: Session, events: Sequence[Activity]) -> dict[UUID, str]:
    """From where the person did it, by source."""
    own = {
        event.source_id
        for event in events
        if event.source_id and not event.by and event.event not in ASKED_BY_SERVERS
    }
    return find_addresses(db, source_ids=own, keyring=Site.of(request).keyring)
