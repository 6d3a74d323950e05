"""A device that polls for its tokens: it waits, slows down, or gets them once (RFC 8628 3.5)."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, bindparam, case, func, literal, select, update
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.db import NOW, table_of
from idp.kit.secrets import token_hash
from idp.sessions.lookup import is_alive
from idp.tokens.end import ReusedCredential
from idp.tokens.grant import GrantedAccess, belongs_together, grant_columns, is_standing
from idp.tokens.models import DeviceRequest, Grant

SLOWER_BY = timedelta(seconds=5)
"""What is added to the interval each time a device polls too early."""
_JITTER = timedelta(seconds=1)
"""Networks are late now and then: a poll so much before its time is not early."""

_devices = table_of(DeviceRequest)
_IS_EARLY = and_(
    _devices.c.decision.is_(None),
    func.coalesce(_devices.c.polled_at + _devices.c.poll_every - literal(_JITTER) > NOW, False),
)
_POLL = (
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
_READ = select(*grant_columns(and_(is_standing(), is_alive()))).where(
    Grant.id == bindparam("of_grant"), belongs_together()
)


@dataclass(frozen=True)
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
    row = db.connection().execute(_POLL, values).one_or_none()
    if row is None:
        return None
    access = None
    if row.decision == "allow" and not row.is_expired:
        of_grant = {"of_grant": row.grant_id, "now": now, "today": today}
        granted = db.connection().execute(_READ, of_grant).one()
        access = GrantedAccess(**granted._asdict())
    return Polled(row.decision, row.is_early, row.is_expired, access)


def find_reuse(db: Session, *, device_code: str, client_id: str) -> ReusedCredential | None:
    """The grant behind a spent device code of that client."""
    row = db.execute(
        select(Grant.id, Grant.sign_in_id)
        .join(DeviceRequest, DeviceRequest.grant_id == Grant.id)
        .where(
            DeviceRequest.device_hash == token_hash(device_code),
            DeviceRequest.client_id == client_id,
            DeviceRequest.used_at.is_not(None),
        )
    ).one_or_none()
    return None if row is None else ReusedCredential(*row)
