"""For whoever can install no app: recovery codes, printed at the desk, are their second step."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from starlette.responses import RedirectResponse, Response

from idp.accounts.sheets import HasOthers, NotSeen, Sheet, SheetRefused, print_sheet
from idp.console.cards import NOBODY, Compared, opened_at, read_compared, refuse_act
from idp.console.entry import PEOPLE, Operator, OperatorVisit, for_registrars, registrar_form
from idp.console.people_page import refuse
from idp.factors.recovery_codes import USE_WITHIN
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.web.cookies import clear_kept
from idp.web.csrf import OwnForm
from idp.web.kept import leave, read_left
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()
PATH = f"{PEOPLE}/sheet"
_VERIFY_FIRST = Message(
    "Nobody was verified face to face for this account. Verify the person first, with the code "
    "that their own page shows: whose account it is, the number alone does not say."
)
_HAS_APP = Message(
    "This account has a confirmed second step. Whoever still has it makes codes at home, in their "
    "account under “Two-step verification”. If it is lost, tick that: it is taken away."
)


@immutable
class SheetPage:
    """What is printed, this once: codes, and until when the first of them is to be used."""

    operator: Operator
    codes: tuple[str, ...] = field(repr=False)
    printed_at: datetime
    use_before: datetime


@router.post(PATH)
@registrar_form
def give(visit: OperatorVisit, fields: OwnForm) -> Response:
    """Make the codes, and go to the page that shows them once."""
    at = clock.now()
    seen = read_compared(visit, fields, "sheet_", at=at)
    if not isinstance(seen, Compared):
        return refuse(visit, fields, errors=seen)
    done = print_sheet(
        visit.db,
        keyring=Site.of(visit.request).keyring,
        number=seen.number,
        card=seen.card,
        others_are_lost="sheet_lost" in fields,
        at=at,
        since=opened_at(fields),
    )
    if isinstance(done, Sheet):
        left = {"codes": done.codes, "use_before": done.use_before.isoformat()}
        return leave(visit.request, PATH, left, whose=visit.visitor.session.sid)
    return _refuse(visit, fields, done)


def _refuse(visit: OperatorVisit, fields: Mapping[str, str], done: SheetRefused | None) -> Response:
    match done:
        case None:
            return refuse(visit, fields, errors={"sheet_number": NOBODY})
        case NotSeen():
            return refuse(visit, fields, errors={"sheet_number": _VERIFY_FIRST})
        case HasOthers(held):
            return refuse(visit, fields, errors={"sheet_lost": _HAS_APP}, held=held)
    return refuse_act(visit, fields, done, beside="sheet_number", form="sheet_")


@router.get(PATH)
@for_registrars
def show(visit: OperatorVisit) -> Response:
    """The sheet, to be printed and handed over; to the forms where none was just made."""
    left = read_left(visit.request, whose=visit.visitor.session.sid)
    if "codes" not in left:
        return RedirectResponse(PEOPLE, status_code=303)
    clear_kept(visit.request)
    use_before = datetime.fromisoformat(left["use_before"])
    codes = tuple(left["codes"])
    page = SheetPage(visit.visitor, codes, use_before - USE_WITHIN, use_before)
    return render(visit.request, "console/sheet.html", page)
