"""What changes a credential or a status ends access: one function does both, all others call it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row
from sqlalchemy.orm import Session

from idp.accounts.enrolment import is_fresh, lock_session, trust_in_new
from idp.assurance.evidence import Trust
from idp.factors.attempts import clear
from idp.factors.binding import bind, confirm, find_bound, unbind
from idp.factors.credentials import is_theirs, most_trusted, read_credentials
from idp.factors.kinds import KINDS, PASSWORD, Kind, usable
from idp.factors.models import Authenticator
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.mandates.holding import Because, hold_posts, judge_anew
from idp.mandates.operators import forget_words_of
from idp.people.changes import lock_epoch, raise_epoch
from idp.people.declaration import LEVELS
from idp.people.models import PASSWORD_HASH, Person, PersonStatus
from idp.sessions.end import end_other_sessions
from idp.sessions.evidence import Shown
from idp.sessions.lookup import CurrentSession
from idp.settings.people import AssuranceSettings
from idp.tokens.end import end_person_access, end_session_grants


def change_account(
    db: Session, *conditions: ColumnElement[bool], person_id: UUID, at: datetime, **values: Any
) -> Row[int, int, bool] | None:
    """Write columns of a person, end every session and grant, and tell the relying parties.

    The person's row, as `raise_epoch` returns it; None where the conditions do not hold:
    then nothing changes and nothing ends.
    """
    changed = raise_epoch(db, *conditions, person_id=person_id, at=at, **values)
    if changed is not None:
        end_person_access(db, person_id=person_id)
    return changed


def set_status(db: Session, *, person_id: UUID, status: PersonStatus, at: datetime) -> bool:
    """Suspend, close or re-open an account; False if it had that status already.

    What its holder agreed to as an operator, and still waits, counts no more. An account that its
    owner was closing is no longer: while somebody looks into it, nothing of it is erased.
    """
    is_new = Person.status != status
    changed = change_account(db, is_new, person_id=person_id, at=at, status=status, closes_at=None)
    if changed is None:
        return False
    record(
        db,
        event="person.status_changed",
        at=at,
        subject_number=changed.subject_number,
        counted=not changed.is_test,
        data={"status": status.value},
    )
    forget_words_of(db, number=changed.subject_number)
    return True


def set_password(
    db: Session,
    *,
    keyring: Keyring,
    person_id: UUID,
    password_hash: str,
    kept: Collection[Shown],
    at: datetime,
    epoch: int | None = None,
    is_own: bool = False,
) -> int | None:
    """Set a new password, end all access, forget failures; the `credentials_epoch` from now on.

    Factors stay that carry the proofing, or are among `kept`, those shown in the session: whoever
    knew the old password may have set up the others. None for nobody's account, and where `epoch`
    is given and over: whoever proved themselves then was overtaken. Posts wait, unless it
    `is_own`: set by whoever just showed the account's own factors.
    """
    still = [Person.credentials_epoch == epoch] if epoch is not None else []
    sealed = PASSWORD_HASH.seal(keyring, password_hash, id=person_id)
    changed = change_account(db, *still, person_id=person_id, at=at, password_encrypted=sealed)
    if changed is None:
        return None
    clear(db, keyring=keyring, person_id=person_id)
    keep_factors(db, person_id=person_id, kept=kept, at=at, only_pending=True)
    if not is_own:
        hold_posts(db, person_id=person_id, because=Because.PASSWORD, at=at)
    number = changed.subject_number
    record(db, event="person.password_changed", at=at, subject_number=number)
    return int(changed.credentials_epoch)


def add_factor(
    db: Session,
    new: Authenticator,
    *,
    session: CurrentSession,
    settings: AssuranceSettings,
    at: datetime,
) -> Trust | None:
    """Give the person one more factor: nothing before it ends. The trust in it, as in one shown.

    None for whoever has as many of its kind as there may be, has others that are taken here and has
    shown none of them, or has not just proved who they are (`is_fresh`).
    """
    if not lock_session(db, session):
        return None
    kind, own = KINDS[new.kind], read_credentials(db, person_id=session.person_id)
    shown = own.shown(session.shown)
    taken = usable(own.confirmed(at=at), settings, proofing=own.proofing)
    is_another = not shown and taken not in ([], [PASSWORD])
    is_full = len(find_bound(db, person_id=session.person_id, kind=kind)) >= kind.most
    if is_another or is_full or not is_fresh(session, own, settings=settings, at=at):
        return None
    trust = most_trusted(shown) or trust_in_new(session, settings=settings, at=at)
    trust = trust.at_most(kind.speaks_for)
    _bind(db, new, trust=trust, by="self", at=at)
    return trust


def replace_factor(
    db: Session,
    new: Authenticator,
    *,
    session: CurrentSession,
    settings: AssuranceSettings,
    at: datetime,
) -> Trust | None:
    """Put a factor in the place of those of its kind before, and end every other session.

    A first spare ends none. The trust in it: that of the second factor shown, if one was. None for
    whoever had not just proved who they are when it was displayed (`is_fresh`), and, of a spare,
    for whoever has shown no second factor. What carries the proofing gives its place to who has
    shown it, or another that does; what does not, to who could add it, and all else goes with it
    that may be somebody else's. Posts wait where it is replaced as lost: by who has shown the
    other.
    """
    kind, own = KINDS[new.kind], read_credentials(db, person_id=session.person_id)
    shown, person_id = own.shown(session.shown), session.person_id
    is_vouched = any(one.kind is kind or own.is_carried(one, at=at) for one in shown)
    is_carried = kind in own.confirmed(at=at)
    is_refused = (is_carried and not is_vouched) or (kind.is_spare and not shown)
    if is_refused or not is_fresh(session, own, settings=settings, at=new.created_at):
        return None
    if not lock_session(db, session):
        return None
    is_gone = unbind(
        db,
        person_id=person_id,
        factors=find_bound(db, person_id=person_id, kind=kind),
        at=at,
        only_pending=not is_vouched,
        is_told=not kind.is_spare,
    )
    if kind in own.held and not is_gone:
        return None  # confirmed, or taken away, since it was read
    if not is_vouched:
        _unbind_others(db, person_id, session.shown, at=at, only_pending=True)
    trust = most_trusted(shown) or trust_in_new(session, settings=settings, at=at)
    event = "factor.replaced" if is_gone and kind.is_spare else "factor.enrolled"
    _bind(db, new, trust=trust, by="self", at=at, event=event)
    if is_gone or not kind.is_spare:
        _end_sessions(db, person_id=person_id, keep_sid=session.sid)
    is_lost = kind not in [one.kind for one in shown]
    if is_gone and is_vouched and is_lost and not kind.is_spare:
        hold_posts(db, person_id=person_id, because=Because.FACTOR, at=at)
    return trust


def give_factor(db: Session, new: Authenticator, *, at: datetime, by: str = "operator") -> None:
    """Give a person a factor, for staff and the demo: it carries all that is proven of them.

    What it replaces is lost; that, and what a desk gives, ends all access.
    """
    person_id, kind = new.person_id, KINDS[new.kind]
    lost = find_bound(db, person_id=person_id, kind=kind)
    is_gone = unbind(db, person_id=person_id, factors=lost, at=at, is_told=not kind.is_spare)
    if is_gone or by == "desk":
        change_account(db, person_id=person_id, at=at)
    event = "factor.replaced" if is_gone and kind.is_spare else "factor.enrolled"
    _bind(db, new, trust=Trust(LEVELS[-1], at), by=by, at=at, event=event)
    hold_posts(db, person_id=person_id, because=Because.FACTOR, at=at)


def confirm_factor(
    db: Session,
    *,
    person_id: UUID,
    kind: Kind,
    factor_id: UUID | None = None,
    by: str,
    at: datetime,
) -> bool:
    """Have a factor carry the person's proofing: whoever confirms it saw that they have it.

    It is that one of its kind, or each they have of it. So do the spares that only who has it can
    have set up. `by` is `desk`, or `contact` for a code sent to what the register holds. Every
    session ends: what somebody had shown before does not count for more now. False where all
    carried that already; posts that wait are judged by it all the same, from now on.
    """
    seen = [
        one
        for one in find_bound(db, person_id=person_id)
        if (one.kind is kind and factor_id in (None, one.id)) or one.kind.is_spare
    ]
    if not confirm(db, person_id=person_id, factors=seen, by=by, at=at):
        if kind in [one.kind for one in seen]:
            judge_anew(db, person_id=person_id, at=at)
        return False
    _end_sessions(db, person_id=person_id, keep_sid=None)
    hold_posts(db, person_id=person_id, because=Because.FACTOR, at=at)
    return True


def remove_factor(db: Session, *, person_id: UUID, kind: Kind, at: datetime) -> bool:
    """Take away all they had of a kind, and lost, and end all access; whether there was any."""
    lost = find_bound(db, person_id=person_id, kind=kind)
    if not lost:
        return False
    change_account(db, person_id=person_id, at=at)
    hold_posts(db, person_id=person_id, because=Because.FACTOR, at=at)
    return unbind(db, person_id=person_id, factors=lost, at=at)


def keep_factors(
    db: Session,
    *,
    person_id: UUID,
    kept: Collection[Shown],
    at: datetime,
    only_pending: bool = False,
) -> bool:
    """Take away every factor but these and the password; whether there were others.

    They are taken to be somebody else's: with the first of them every session ends.
    `only_pending`: what carries the person's proofing stays too, judged as the others go.
    """
    if not _unbind_others(db, person_id, kept, at=at, only_pending=only_pending):
        return False
    _end_sessions(db, person_id=person_id, keep_sid=None)
    hold_posts(db, person_id=person_id, because=Because.FACTOR, at=at)
    return True


def disown_factors(db: Session, *, session: CurrentSession, at: datetime) -> int | None:
    """Take away what its owner says somebody else set up, and end all access.

    Those factors go that neither carry the proofing nor were shown in the session, judged as they
    are taken away: one that a desk confirms at this moment stays. The
    `credentials_epoch` from now on; None where there is no such factor, or the session was
    overtaken.
    """
    if not lock_epoch(db, person_id=session.person_id, epoch=session.credentials_epoch):
        return None
    if not _unbind_others(db, session.person_id, session.shown, at=at, only_pending=True):
        return None
    changed = change_account(db, person_id=session.person_id, at=at)
    return int(changed.credentials_epoch) if changed is not None else None


def _unbind_others(
    db: Session, person_id: UUID, kept: Collection[Shown], *, at: datetime, only_pending: bool
) -> bool:
    """Whether there was anything else to take away."""
    others = [
        one
        for one in find_bound(db, person_id=person_id)
        if not is_theirs(kept, kind=one.kind, factor_id=one.id)
    ]
    return unbind(db, person_id=person_id, factors=others, at=at, only_pending=only_pending)


def _bind(
    db: Session,
    new: Authenticator,
    *,
    trust: Trust,
    by: str,
    at: datetime,
    event: str = "factor.enrolled",
) -> None:
    new.carries_proofing, new.carries_from = trust.proofing, trust.since
    bind(db, new, by=by, at=at, event=event)


def _end_sessions(db: Session, *, person_id: UUID, keep_sid: UUID | None) -> None:
    for sid in end_other_sessions(db, person_id=person_id, keep_sid=keep_sid):
        end_session_grants(db, sid=sid)
