"""A passkey that answered rightly is accepted; one of which there is a copy is locked instead."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from idp.factors import binding
from idp.factors.ceremony import Signed
from idp.factors.credentials import Credentials, Held
from idp.factors.kinds import PASSKEY
from idp.factors.passkeys import Found, Refused, use_passkey
from idp.journal.record import record
from idp.sessions.end import end_sessions_showing
from idp.tokens.end import end_session_grants


def accept_passkey(db: Session, found: Found, signed: Signed, *, at: datetime) -> Held | None:
    """The factor that was shown; None for one that is gone, or is locked now (`use_passkey`)."""
    used = use_passkey(db, found, signed, at=at)
    if used is Refused.COPIED:
        _lock(db, found.id, owner=found.owner, at=at)
    return used if isinstance(used, Held) else None


def _lock(db: Session, factor_id: UUID, *, owner: Credentials, at: datetime) -> None:
    """Lock it, end all sessions that it was shown in, and tell its owner.

    Also the last way: with it, somebody else would come in. Its owner unlocks it, or takes it away.
    """
    person_id = owner.person_id
    if not binding.lock(db, factor_id=factor_id, person_id=person_id, at=at):
        return
    ended = end_sessions_showing(
        db, person_id=person_id, factor_id=factor_id, kind=PASSKEY.name, keep_sid=None
    )
    for sid in ended:
        end_session_grants(db, sid=sid)
    number, told = owner.subject_number, binding.told_of(factor_id)
    data = {"kind": PASSKEY.name}
    record(db, event="passkey.locked", at=at, subject_number=number, data=data, told=told)
