"""A device's request to sign in (RFC 8628): kept, claimed by one sign-in and person, decided once.

The device polls for its tokens meanwhile: it waits, slows down, or gets them once (section 3.5).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Interval, and_, bindparam, case, cast, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.db import NOW, table_of
from idp.kit.immutable import immutable
from idp.kit.prepared import Prepared
from idp.kit.secrets import token_hash
from idp.sessions.lookup import is_alive
from idp.tokens.end import ReusedCredential, find_spent
from idp.tokens.grant import (
    GrantedAccess,
    belongs_together,
    grant_columns,
    grant_values,
    is_standing,
    making_grant,
)
from idp.tokens.models import DeviceRequest, Grant

SLOWER_BY = timedelta(seconds=5)
"""What is added to the interval each time a device polls too early."""
_JITTER = timedelta(seconds=1)
"""Networks are late now and then: a poll so much before its time is not early."""

_devices, _grants = table_of(DeviceRequest), table_of(Grant)
_OF_REQUEST = ("device_hash", "user_hash", "client_id", "source_hash", "parameters", "poll_every")
_NEW = {
    name: bindparam(name, type_=_devices.c[name].type)
    for name in (*_OF_REQUEST, "created_at", "expires_at")
}
_WAITING = (
    select(func.count())
    .where(
        _devices.c.client_id == _NEW["client_id"],
        _devices.c.expires_at > _NEW["created_at"],
        _devices.c.decision.is_(None),
    )
    .correlate(None)
)
_STORE = Prepared(
    insert(_devices)
    .from_select(
        list(_NEW),
        select(*_NEW.values()).where(
            _WAITING.scalar_subquery() < bindparam("most"),
            _WAITING.where(_devices.c.source_hash == _NEW["source_hash"]).scalar_subquery()
            < bindparam("most_of_source"),
        ),
        include_defaults=False,
    )
    .on_conflict_do_nothing()
    .returning(_devices.c.device_hash)
)


def store_device_request(
    db: Session,
    *,
    device_code: str,
    user_hash: bytes,
    client_id: str,
    source_hash: bytes,
    parameters: Mapping[str, str],
    poll_every: timedelta,
    lifetime: timedelta,
    most: int,
    most_of_source: int,
) -> bool:
    """Keep a request; False when too many of its client, or of its source, wait already.

    One statement. Both codes are kept as digests only.
    """
    now = clock.now()
    values = {
        "device_hash": token_hash(device_code),
        "user_hash": user_hash,
        "client_id": client_id,
        "source_hash": source_hash,
        "parameters": dict(parameters),
        "poll_every": poll_every,
        "created_at": now,
        "expires_at": now + lifetime,
        "most": most,
        "most_of_source": most_of_source,
    }
    return _STORE.run(db, values) == 1


@immutable
class ClaimedRequest:
    """What a device asked for."""

    client_id: str
    parameters: dict[str, str]
    created_at: datetime
    expires_at: datetime


def claim_device(
    db: Session, *, user_hashes: Sequence[bytes], interaction_id: UUID
) -> ClaimedRequest | None:
    """Begin a sign-in with the code that a device shows; of all who type it, one gets it.

    None for a code that is unknown, expired, or claimed already.
    """
    row = db.execute(
        update(_devices)
        .where(
            _devices.c.user_hash.in_(user_hashes),
            _devices.c.interaction_id.is_(None),
            _devices.c.expires_at > clock.now(),
        )
        .values(interaction_id=interaction_id)
        .returning(
            _devices.c.client_id,
            _devices.c.parameters,
            _devices.c.created_at,
            _devices.c.expires_at,
        )
    ).one_or_none()
    return None if row is None else ClaimedRequest(*row)


def find_claim(db: Session, *, user_hashes: Sequence[bytes]) -> UUID | None:
    """The interaction that has claimed the code, for whoever types it again."""
    claim = select(_devices.c.interaction_id).where(_devices.c.user_hash.in_(user_hashes))
    return db.scalar(claim)


def claim_for_person(db: Session, *, interaction_id: UUID, person_id: UUID) -> bool:
    """Only the person who is first shown what a device asks may decide; whether it is this one."""
    claimed = db.execute(
        update(_devices)
        .where(
            _devices.c.interaction_id == interaction_id,
            or_(_devices.c.person_id.is_(None), _devices.c.person_id == person_id),
        )
        .values(person_id=person_id)
        .returning(_devices.c.device_hash)
    )
    return claimed.one_or_none() is not None


_UNDECIDED = (
    _devices.c.interaction_id == bindparam("of_interaction"),
    _devices.c.decision.is_(None),
    _devices.c.expires_at > NOW,
)
_ALLOW = Prepared(
    making_grant(
        update(_devices)
        .where(
            *_UNDECIDED,
            _devices.c.person_id == bindparam("grant_person_id", type_=_grants.c.person_id.type),
        )
        .values(decision="allow", grant_id=bindparam("grant_id", type_=_grants.c.id.type))
        .returning(_devices.c.device_hash)
        .cte("allowed")
    ).returning(_grants.c.id)
)
_DENY = Prepared(update(_devices).where(*_UNDECIDED).values(decision="deny"))


def allow_device(db: Session, *, interaction_id: UUID, grant: dict[str, Any]) -> bool:
    """Make the grant (column values of `token_grant`) that the device gets; one statement.

    False, and no grant, when the request has expired or was decided, or when the grant's person is
    not the one who was shown what the device asks for.
    """
    values = {"of_interaction": interaction_id, "now": clock.now(), "grant_id": uuid4()}
    return _ALLOW.run(db, {**values, **grant_values(grant)}) == 1


def deny_device(db: Session, *, interaction_id: UUID) -> None:
    """The device gets nothing. Nothing happens when it was decided before, or has expired."""
    _DENY.post(db, {"of_interaction": interaction_id, "now": clock.now()})


_IS_EARLY = and_(
    _devices.c.decision.is_(None),
    func.coalesce(
        _devices.c.polled_at + _devices.c.poll_every - cast(_JITTER, Interval) > NOW, False
    ),
)
_POLL = Prepared(
    update(_devices)
    .where(
        _devices.c.device_hash == bindparam("presented_hash"),
        _devices.c.client_id == bindparam("presented_by"),
        _devices.c.used_at.is_(None),
    )
    .values(
        used_at=case((and_(_devices.c.decision == "allow", _devices.c.expires_at > NOW), NOW)),
        poll_every=case(
            (_IS_EARLY, _devices.c.poll_every + literal(SLOWER_BY)), else_=_devices.c.poll_every
        ),
        is_early=_IS_EARLY,
        polled_at=NOW,
    )
    .returning(
        _devices.c.decision,
        _devices.c.is_early,
        (_devices.c.expires_at <= NOW).label("is_expired"),
        _devices.c.grant_id,
    )
)
_READ = Prepared(
    select(*grant_columns(and_(is_standing(), is_alive()))).where(
        Grant.id == bindparam("of_grant"), belongs_together()
    ),
    reads=True,
)


@immutable
class Polled:
    """How a device's request stands. `access` is there once it is allowed, and spent by that."""

    decision: str | None
    is_early: bool
    is_expired: bool
    access: GrantedAccess | None


def poll_device(db: Session, *, device_code: str, client_id: str, today: date) -> Polled | None:
    """Ask once; whoever gets `access` has it alone.

    None for a device code that is unknown, spent, or another client's. As a code, a grant means
    nothing without its session, even where it would outlive that. `today` is the country's day.
    """
    now = clock.now()
    values = {"presented_hash": token_hash(device_code), "presented_by": client_id, "now": now}
    row = _POLL.one(db, values)
    if row is None:
        return None
    access = None
    if row.decision == "allow" and not row.is_expired:
        of_grant = {"of_grant": row.grant_id, "now": now, "today": today}
        granted = _READ.one(db, of_grant)
        access = GrantedAccess(**granted._asdict())
    return Polled(row.decision, row.is_early, row.is_expired, access)


def give_back_device(db: Session, *, device_code: str) -> None:
    """Undo what a poll of this transaction spent, for a client that is refused."""
    digest = token_hash(device_code)
    db.execute(update(_devices).where(_devices.c.device_hash == digest).values(used_at=None))


def find_reuse(db: Session, *, device_code: str, client_id: str) -> ReusedCredential | None:
    """The grant behind a spent device code of that client."""
    return find_spent(
        db,
        DeviceRequest,
        DeviceRequest.device_hash == token_hash(device_code),
        DeviceRequest.client_id == client_id,
    )
