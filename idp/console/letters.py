"""Codes by post: an official prints those that wait, and notes what the post brought back.

What was printed is read by that official alone, for an hour or until they say that it is on paper.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from idp.accounts.letter_batches import (
    Batch,
    Printed,
    confirm_printed,
    count_waiting,
    list_printed,
    note_returned,
    print_letters,
    read_batch,
)
from idp.console.entry import LETTERS, Operator, OperatorVisit, for_printing, printing_form
from idp.console.letter_paper import letters_file, papers
from idp.console.part import ConsolePart
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.web.csrf import OwnForm
from idp.web.forms import Query, read_page
from idp.web.kept import errors_in, leave, packed_errors, read_left
from idp.web.messages import Message
from idp.web.paging import Leaf, leaf_of
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import Pages, render
from idp.web.told import go_and_tell

router = Router()
_LISTED = 5
"""Batches on a page."""
_LONGEST = 40
_NONE = Message(
    "There is no letter for you to print: none waits whose address is known, or those that wait "
    "are for you, for somebody whose password you gave, or for a name and address that had six "
    "within 30 days. Each is printed again once."
)
_GONE = Message("Only who made this batch can read it, and only for an hour")
_GONE_MEANS = Message(
    "Letters are read by who had them made, for an hour, until they are said to be printed. If "
    "paper is missing, print them again, once: with new codes."
)
_PRINTED = Message("They are noted as printed")
_PRINTED_MEANS = Message("Nobody can read the codes any more.")
_BACK = Message("The letter is noted as returned")
_BACK_MEANS = Message("Its code is good no more, and the person reads that it came back.")
_NO_LETTER = Message(
    "No letter that is under way has this number. Look at the ten digits on the paper, above the "
    "address."
)


@immutable
class LettersPage:
    """How many wait, and what was printed before."""

    operator: Operator
    waiting: int
    leaf: Leaf[Printed]
    typed: str
    errors: dict[str, Message]


@immutable
class BatchPage:
    """What one batch is read as, without anything of its letters."""

    operator: Operator
    id: str
    letters: int
    ends_at: datetime


@immutable
class PapersPage:
    """The letters themselves."""

    id: str
    letters: int
    papers: Markup


@router.get(LETTERS)
@for_printing
def show_letters(visit: OperatorVisit, query: Query) -> Response:
    """What waits, and the batches of before, newest first."""
    number, at = read_page(query.get("page", "")), clock.now()
    found = list_printed(visit.db, at=at, limit=_LISTED + 1, offset=(number - 1) * _LISTED)
    left = read_left(visit.request, whose=visit.visitor.session.sid)
    page = LettersPage(
        operator=visit.visitor,
        waiting=count_waiting(visit.db, at=at),
        leaf=leaf_of(found, number, most=_LISTED),
        typed=left.get("typed", ""),
        errors=errors_in(left),
    )
    return render(visit.request, "console/letters.html", page)


@router.post(f"{LETTERS}/print")
@printing_form
def print_waiting(visit: OperatorVisit, _fields: OwnForm) -> Response:
    """Have letters made of those that wait."""
    return _print(visit)


@router.post(f"{LETTERS}/returned")
@printing_form
def note_one(visit: OperatorVisit, fields: OwnForm) -> Response:
    """Note a letter that the post brought back."""
    typed = fields.get("reference", "").strip()[:_LONGEST]
    if note_returned(visit.db, reference=typed, at=clock.now()):
        return go_and_tell(visit.request, LETTERS, _BACK, meaning=_BACK_MEANS)
    left = {"typed": typed, **packed_errors({"reference": _NO_LETTER})}
    return leave(visit.request, LETTERS, left, whose=visit.visitor.session.sid)


@router.get(f"{LETTERS}/batch/{{batch_id}}")
@for_printing
def show_batch(visit: OperatorVisit, batch_id: UUID) -> Response:
    """How to get one batch on paper."""

    def shown(batch: Batch) -> Response:
        page = BatchPage(visit.visitor, str(batch.id), len(batch.letters), batch.ends_at)
        return render(visit.request, "console/letter_batch.html", page)

    return _read(visit, batch_id, shown)


@router.get(f"{LETTERS}/batch/{{batch_id}}/pages")
@for_printing
def show_pages(visit: OperatorVisit, batch_id: UUID) -> Response:
    """The letters, to be printed from the browser."""

    def shown(batch: Batch) -> Response:
        written = papers(Pages.of(visit.request), batch.letters)
        page = PapersPage(str(batch.id), len(batch.letters), written)
        return render(visit.request, "console/letter_pages.html", page)

    return _read(visit, batch_id, shown, form="pages")


@router.get(f"{LETTERS}/batch/{{batch_id}}/file")
@for_printing
def show_file(visit: OperatorVisit, batch_id: UUID) -> Response:
    """The letters as a file for a post office's machine."""

    def shown(batch: Batch) -> Response:
        name = f"letters-{clock.day_of(batch.made_at):%Y%m%d}-{batch.id.hex[:8]}.csv"
        return Response(
            letters_file(Pages.of(visit.request), batch.letters),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    return _read(visit, batch_id, shown, form="file")


@router.post(f"{LETTERS}/batch/{{batch_id}}/confirm")
@printing_form
def confirm(visit: OperatorVisit, batch_id: UUID, _fields: OwnForm) -> Response:
    """Note that a batch is on paper, and erase what was read."""
    if confirm_printed(visit.db, batch_id=batch_id, at=clock.now()):
        return go_and_tell(visit.request, LETTERS, _PRINTED, meaning=_PRINTED_MEANS)
    return _gone(visit)


@router.post(f"{LETTERS}/batch/{{batch_id}}/again")
@printing_form
def print_again(visit: OperatorVisit, batch_id: UUID, _fields: OwnForm) -> Response:
    """Have the letters of a batch made anew whose codes were not typed, with other codes."""
    return _print(visit, again=batch_id)


def _print(visit: OperatorVisit, *, again: UUID | None = None) -> Response:
    site, part = Site.of(visit.request), ConsolePart.of(visit.request)
    batch_id = print_letters(
        visit.db,
        keyring=site.keyring,
        settings=part.throttle,
        valid=part.post.valid,
        by=visit.visitor.session.person_id,
        at=clock.now(),
        again=again,
    )
    if batch_id is None:
        return go_and_tell(
            visit.request, LETTERS, Message("Nothing was printed"), meaning=_NONE, is_done=False
        )
    return RedirectResponse(f"{LETTERS}/batch/{batch_id}", status_code=303)


def _read(
    visit: OperatorVisit, batch_id: UUID, shown: Callable[[Batch], Response], *, form: str = ""
) -> Response:
    keyring, at = Site.of(visit.request).keyring, clock.now()
    batch = read_batch(visit.db, keyring=keyring, batch_id=batch_id, at=at, form=form)
    return shown(batch) if batch is not None else _gone(visit)


def _gone(visit: OperatorVisit) -> Response:
    return go_and_tell(visit.request, LETTERS, _GONE, meaning=_GONE_MEANS, is_done=False)
