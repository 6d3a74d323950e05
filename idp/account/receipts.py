"""Receipts: each time the person agreed to share, what they were shown; kept when withdrawn."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.account.entry import owner_page
from idp.consents.lookup import Receipt, list_receipts
from idp.kit.immutable import immutable
from idp.relying_parties.lookup import PartyName, find_party_names
from idp.sessions.lookup import CurrentSession
from idp.web.forms import Query
from idp.web.language import language_of
from idp.web.paging import Leaf, cut
from idp.web.routes import Router
from idp.web.templates import render

router = Router()
PATH = "/account/receipts"
_MOST = 100
_LISTED = 5
"""Receipts on a page."""


@immutable
class ShownReceipt:
    """One of them. What was shown is in the language in which it was read."""

    language: str
    service: str
    receiver: str
    is_test: bool
    purpose: str
    shared: tuple[tuple[str, str], ...]
    """What, in English to translate, and what for where that was something else."""
    acted_for: str
    agreed_at: datetime
    ended_at: datetime | None
    """When they withdrew it, or agreed to another purpose in its place."""
    is_replaced: bool


@immutable
class ReceiptsPage:
    """A page of them, newest first; `has_more`: older ones are on no page."""

    name: str
    leaf: Leaf[ShownReceipt]
    has_more: bool


@router.get(PATH)
@owner_page(PATH)
def show(request: Request, db: Session, session: CurrentSession, query: Query) -> Response:
    """The list, for whoever is signed in."""
    found = list_receipts(db, person_id=session.person_id, since=session.held_since, most=_MOST + 1)
    ended = tuple(zip(found, _replaced(found), strict=True))[:_MOST]
    leaf = cut(ended, query, most=_LISTED)
    names = find_party_names(db, party_ids={receipt.relying_party_id for receipt, _ in leaf.lines})
    language = language_of(request)
    shown = tuple(
        _shown(receipt, names[receipt.relying_party_id], language, replaced_at)
        for receipt, replaced_at in leaf.lines
    )
    has_more = len(found) > _MOST and not leaf.later
    page = ReceiptsPage(session.name, leaf.holding(shown), has_more)
    return render(request, "account/receipts.html", page)


def _replaced(receipts: Sequence[Receipt]) -> list[datetime | None]:
    """When each of them, newest first, was replaced by an agreement to another purpose, if ever."""
    ends, later = [], dict[UUID, tuple[str, datetime, datetime | None]]()
    for receipt in receipts:
        key = receipt.evidence.get("purpose_key", "")
        of_later, began, end = later.get(receipt.consent_id, (key, receipt.agreed_at, None))
        end = end if of_later == key else began
        ends.append(end)
        later[receipt.consent_id] = (key, receipt.agreed_at, end)
    return ends


def _shown(
    receipt: Receipt, party: PartyName, language: str, replaced_at: datetime | None
) -> ShownReceipt:
    """As it was shown then; for what older evidence does not say, as the party is called now."""
    seen = receipt.evidence
    purposes = seen.get("purposes", {})
    agency = seen.get("receiver") or seen.get("agency") or party.agency_name(language)
    return ShownReceipt(
        language=seen.get("language", language),
        service=seen.get("service") or seen.get("party") or party.name(language),
        receiver=agency,
        is_test=party.is_test,
        purpose=seen.get("purpose", ""),
        shared=tuple((label, purposes.get(label, "")) for label in seen.get("shown", ())),
        acted_for=", ".join(seen.get("organization", ())),
        agreed_at=receipt.agreed_at,
        ended_at=replaced_at or receipt.withdrawn_at,
        is_replaced=replaced_at is not None,
    )
