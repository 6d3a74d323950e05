"""The lists that an agency owes: whom each of its systems served in a month.

What is answered says nothing of who in a list has an account here: only what the file says itself.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from starlette.responses import Response

from idp.catalogue.lookup import list_systems
from idp.catalogue.models import InformationSystem
from idp.figures.days import DAY, local_day, month_named, month_start
from idp.figures.lists.delivering import Delivering, is_published
from idp.figures.lists.dues import due_on, oldest_month
from idp.figures.lists.reading import Listed, read_lists
from idp.kit.errors import InvalidInput, NotFound
from idp.kit.immutable import immutable
from idp.kit.messages import N_
from idp.kit.tables.faults import Fault, FileRefused, Sentence
from idp.kit.tables.source import opened_bytes
from idp.portal.entry import Frame, StaffVisit, for_staff
from idp.web.forms import Query
from idp.web.kept import leave, packed, read_left, unpacked
from idp.web.language import language_of
from idp.web.limits import MOST_UPLOAD
from idp.web.messages import Message
from idp.web.paging import Leaf, cut
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell
from idp.web.uploads import OwnUpload

router = Router()
_ON_A_PAGE = 12
_NAMED = 6
"""Faults of a file that a page names; a cookie carries them."""


@immutable
class SystemLine:
    """A system with what it owes of the last month that is over."""

    code: str
    name: str
    delivered: int
    owed: int
    """Of the months that are taken."""


@immutable
class ListsPage:
    """The agency's systems that people sign in to."""

    frame: Frame
    leaf: Leaf[SystemLine]


@immutable
class MonthLine:
    """A month of a system: its list as it stands, if there is one."""

    on: date
    due_on: date
    listed: Listed | None
    is_late: bool
    """Delivered late, or overdue."""
    is_frozen: bool
    """Whether the figures of the month after, which take it in, are published."""

    @property
    def code(self) -> str:
        """As the form sends it."""
        return f"{self.on:%Y-%m}"


@immutable
class SystemListsPage:
    """One system: its months, and the form."""

    frame: Frame
    code: str
    name: str
    months: tuple[MonthLine, ...]
    chosen: str
    most_megabytes: int
    faults: tuple[Fault, ...]
    more: int
    """Lines refused besides those that are named."""
    errors: Mapping[str, Message]


@router.get("/portal/lists")
@for_staff
def show_lists(visit: StaffVisit, query: Query) -> Response:
    """Which systems owe lists, who lacks most first."""
    systems = _systems(visit)
    months = _months(Site.of(visit.request).today)
    lists = _lists(visit, [system.id for system in systems], months)
    language = language_of(visit.request)
    lines = [
        SystemLine(
            code=system.code,
            name=system.name(language),
            delivered=sum(each.system == str(system.id) for each in lists),
            owed=len(months),
        )
        for system in systems
    ]
    lines.sort(key=lambda line: (line.delivered, line.code))
    page = ListsPage(visit.visitor.frame, cut(lines, query, most=_ON_A_PAGE))
    return render(visit.request, "portal/lists.html", page)


@router.get("/portal/lists/{system_code}")
@for_staff
def show_system(visit: StaffVisit, system_code: str) -> Response:
    """The months of a system, and the form to deliver one."""
    system = _get_own_system(visit, system_code)
    left = read_left(visit.request, whose=visit.visitor.session.sid)
    months = _months(Site.of(visit.request).today)
    found = {each.month_on: each for each in _lists(visit, [system.id], months)}
    page = SystemListsPage(
        frame=visit.visitor.frame,
        code=system.code,
        name=system.name(language_of(visit.request)),
        months=tuple(_line(visit, month, found.get(month)) for month in months),
        chosen=left.get("month", f"{months[0]:%Y-%m}"),
        most_megabytes=MOST_UPLOAD // (1024 * 1024),
        faults=tuple(_fault(each) for each in left.get("faults", ())),
        more=left.get("more", 0),
        errors={name: unpacked(told) for name, told in left.get("errors", {}).items()},
    )
    return render(visit.request, "portal/system_lists.html", page)


@router.post("/portal/lists/{system_code}")
@for_staff
def deliver(visit: StaffVisit, system_code: str, upload: OwnUpload) -> Response:
    """Take in a list; the same file sent again changes nothing and is answered alike."""
    system, site = _get_own_system(visit, system_code), Site.of(visit.request)
    month = month_named(upload.fields.get("month", ""))
    if month is None:
        return _refuse(visit, upload.fields, {"month": N_("Choose the month of the list.")})
    if not upload.file:
        return _refuse(visit, upload.fields, {"file": N_("Choose the file of the list.")})
    delivering = Delivering(visit.db, site.keyring, site.country.time_zone)
    try:
        with opened_bytes(upload.file) as source:
            told = delivering.file(source, system=system, month=month)
    except FileRefused as refused:
        return _refuse(visit, upload.fields, {"file": _HAS_FAULTS}, refused)
    except InvalidInput as error:
        return _refuse(visit, upload.fields, {error.field or "file": error.public})
    path = visit.request.url.path
    what = Message(
        "The list has %(num)s line and %(signed)s local sign-ins. It counts from now on.",
        "The list has %(num)s lines and %(signed)s local sign-ins. It counts from now on.",
        num=told.lines,
        signed=told.local_sign_ins,
    )
    is_frozen = told.is_new and is_published(visit.db, told.month_on)
    meaning = _AFTER if is_frozen else _BEFORE
    return go_and_tell(visit.request, path, what, meaning=Message(meaning))


_HAS_FAULTS = N_("Nothing was taken: correct the lines named below and send the file again.")
_BEFORE = N_(
    "Send another file to replace it. Who in it has an account here is not shown to anybody."
)
_AFTER = N_(
    "Figures of that month are published already: they change with their next revision, which "
    "says so."
)


def _systems(visit: StaffVisit) -> list[InformationSystem]:
    own = list_systems(visit.db, agency_ids=visit.visitor.agency_ids)
    return [system for system in own if system.needs_sign_in]


def _get_own_system(visit: StaffVisit, code: str) -> InformationSystem:
    """Raises NotFound for another agency's and for none."""
    system = next((each for each in _systems(visit) if each.code == code), None)
    if system is None:
        raise NotFound(N_("There is no page at this address."))
    return system


def _lists(visit: StaffVisit, systems: Sequence[UUID], months: Sequence[date]) -> list[Listed]:
    connection = visit.db.connection()
    return read_lists(connection, first=months[-1], last=months[0], systems=systems)


def _months(today: date) -> list[date]:
    """The last days of the months that are taken, the newest first."""
    months, month = [], month_start(today) - DAY
    while month >= oldest_month(today):
        months.append(month)
        month = month_start(month) - DAY
    return months


def _line(visit: StaffVisit, month: date, listed: Listed | None) -> MonthLine:
    site, due = Site.of(visit.request), due_on(month)
    came = local_day(listed.delivered_at, site.country.time_zone) if listed else site.today
    return MonthLine(month, due, listed, came > due, is_published(visit.db, month))


def _refuse(
    visit: StaffVisit,
    fields: Mapping[str, str],
    errors: Mapping[str, str],
    refused: FileRefused | None = None,
) -> Response:
    faults = refused.faults[:_NAMED] if refused else ()
    lines = {fault.line for fault in faults}
    left: dict[str, Any] = {
        "month": fields.get("month", "")[:7],
        "errors": {name: packed(Message(error)) for name, error in errors.items()},
        "faults": [[packed(_message(f.sentence)), f.line, f.column, f.found] for f in faults],
        "more": max(0, refused.refused - len(lines)) if refused else 0,
    }
    return leave(visit.request, visit.request.url.path, left, whose=visit.visitor.session.sid)


def _message(sentence: Sentence) -> Message:
    return sentence if isinstance(sentence, Message) else Message(sentence)


def _fault(told: Sequence[Any]) -> Fault:
    sentence, line, column, found = told
    return Fault(unpacked(sentence), line, column, found)
