"""A factor that somebody set up alone, confirmed by an official who checked them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from idp.accounts.cards import CardRefused, Doubtful, SeenCard, judge_owner
from idp.accounts.changes import confirm_factor
from idp.accounts.colleague import Half, NeedsColleague, need_colleague
from idp.factors.kinds import PASSWORD, Kind
from idp.factors.totp import is_whole, verify_code
from idp.kit.crypto import Keyring
from idp.people.codes import give_back_desk_code, take_desk_code
from idp.people.identifiers import find_own_number
from idp.sessions.lookup import find_shown


def confirm_factor_at_desk(
    db: Session,
    *,
    keyring: Keyring,
    person_id: UUID,
    typed: str,
    card: SeenCard,
    at: datetime,
) -> bool | CardRefused | NeedsColleague | None:
    """Have a factor carry the proofing of the person it is with, whom an official checked.

    `typed` is what their app shows, or the code of their own page for the desk: that confirms what
    they signed in with there, as a passkey, which shows nothing. Whether it was news; None where
    the code is another: it might be the factor of whoever knows their password. The card is judged
    as when its holder is proven, and the code of the page spent as then.
    """
    own = find_own_number(db, keyring=keyring, person_id=person_id)
    page: dict[str, Any] = {"keyring": keyring, "number": own.number if own else "", "at": at}
    if is_whole(typed):
        app = verify_code(db, keyring=keyring, person_id=person_id, typed=typed, at=at)
        shown: Sequence[tuple[Kind, UUID | None]] = [(app.kind, app.id)] if app else []
    else:
        shown = _find_shown_on_page(db, person_id, take_desk_code(db, typed, **page), at=at)
    if not shown:
        return None
    refused = judge_owner(db, keyring=keyring, person_id=person_id, card=card, at=at) or (
        need_colleague(db, person_id=person_id, half=Half.SECOND_STEP, at=at)
    )
    if isinstance(refused, Doubtful | NeedsColleague):
        give_back_desk_code(db, typed, **page)
    if refused is not None:
        return refused
    given: dict[str, Any] = {"person_id": person_id, "by": "desk", "at": at}
    news = [confirm_factor(db, kind=kind, factor_id=one, **given) for kind, one in shown]
    return any(news)


def _find_shown_on_page(
    db: Session, person_id: UUID, taken: tuple[UUID, UUID] | None, *, at: datetime
) -> list[tuple[Kind, UUID | None]]:
    """What that person signed in with beside the password where the code is shown."""
    if taken is None or taken[0] != person_id:
        return []
    shown = find_shown(db, sid=taken[1], at=at) or ()
    return [(one.kind, one.factor_id) for one in shown if one.kind is not PASSWORD]
