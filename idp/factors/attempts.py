"""Attempts at a secret: counted, then checked, then settled, whatever the page and the kind.

Failures in a row have one counter per account over every page and kind, and a limit per source. An
attempt is counted, and committed, before the secret is checked; what succeeds is taken back. While
an account waits, an attempt is refused unchecked and uncounted, with the time shown.

A browser in which the person once signed in with all they have counts its failures apart, and does
not wait for others of its source: strangers can make an account or an address that many share wait,
but not lock an owner out. When a known browser has used its failures up, it counts as any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from idp.assurance.evidence import authentication_of
from idp.factors.credentials import COLUMNS, Credentials
from idp.factors.kinds import PASSWORD, Kind
from idp.factors.models import FailureCounter
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.kit.db import delete_older
from idp.people.models import PersonStatus
from idp.rate_limits import FAILURES, OVER_UNTIL, Allowance, count
from idp.settings.people import ThrottleSettings


@dataclass(frozen=True)
class Attempt:
    """An attempt that is counted: whether its secret may be checked now, and if not, when again.

    `account`, `device` and `source` are what it is counted by; a device's counter exists only when
    the browser is known. `trace` are further columns of the journal's rows about it.
    """

    kind: Kind
    account: bytes
    device: bytes
    source: Allowance
    trace: Mapping[str, Any]
    credentials: Credentials | None = None
    wait_seconds: int | None = 0
    """None: after support helped."""

    @property
    def is_allowed(self) -> bool:
        """Whether the secret may be checked now."""
        return self.wait_seconds == 0

    @property
    def password_hash(self) -> str | None:
        """What a password is checked against; None for an account that nobody can sign in to."""
        found = self.credentials
        return found.password_hash if found and found.status == PersonStatus.ACTIVE else None


_COUNT = text(f"""
WITH known AS (
    SELECT key FROM failure_counter WHERE key = :device AND failures < :max_failures
), source AS (
    {OVER_UNTIL} AND NOT EXISTS (SELECT FROM known)
), chosen AS (
    SELECT coalesce((SELECT key FROM known), :account) AS key
), counted AS (
    INSERT INTO failure_counter AS c (key, failures, code_failures, last_failed_at, blocked_until)
    SELECT key, 1, :second, :at, :at + make_interval(secs => (CAST(:waits AS int[]))[1])
    FROM chosen WHERE NOT EXISTS (SELECT FROM source)
    ON CONFLICT (key) DO UPDATE SET
        failures = c.failures + 1,
        code_failures = c.code_failures + :second,
        last_failed_at = :at,
        blocked_until = :at + make_interval(
            secs => (CAST(:waits AS int[]))[least(c.failures + 1, :steps)])
    WHERE c.blocked_until <= :at AND c.failures < :max_failures
    RETURNING failures
)
SELECT (SELECT failures FROM counted) AS counted,
       (SELECT ends_at FROM source) AS source_until,
       c.blocked_until, c.failures,
       {COLUMNS}
FROM chosen
LEFT JOIN failure_counter AS c ON c.key = chosen.key
LEFT JOIN person AS p ON p.id = :person_id
""")  # noqa: S608 - constants

_FORGIVE = text("""
WITH known AS (
    INSERT INTO failure_counter (key, failures, code_failures, last_failed_at, blocked_until)
    SELECT :device, 0, 0, :at, :at WHERE :is_all
    ON CONFLICT (key) DO UPDATE SET
        failures = 0, code_failures = 0, last_failed_at = :at, blocked_until = :at
)
UPDATE failure_counter SET
    failures = CASE WHEN :is_all THEN 0 ELSE code_failures END,
    code_failures = CASE WHEN :is_all THEN 0 ELSE code_failures END,
    blocked_until = :at
WHERE key = :account OR (key = :device AND NOT :is_all)
""")

_TAKE_BACK = text("""
UPDATE failure_counter SET failures = greatest(failures - 1, code_failures), blocked_until = :at
WHERE key = coalesce((SELECT key FROM failure_counter WHERE key = :device), :account)
""")


def count_attempt(
    db: Session,
    kind: Kind,
    *,
    keyring: Keyring,
    settings: ThrottleSettings,
    person_id: UUID | None,
    identifier_hash: bytes | None = None,
    browser_hash: bytes,
    address: str,
    trace: Mapping[str, Any] | None = None,
    at: datetime,
) -> Attempt:
    """Count an attempt as failed before its secret is checked, and read what to check it against.

    At an account, or an identifier that no account holds: one statement, the same for both. Commit
    before checking. What is refused because the account waits counts against its source, and is
    journaled. Neither addresses nor browsers are kept, only keyed hashes of them.
    """
    if person_id is not None:
        account = _account_key(keyring, person_id)
    else:
        account = keyring.lookup_hash("failures.identifier", (identifier_hash or b"").hex())
    device = keyring.lookup_hash("failures.device", (account + browser_hash).hex())
    source = FAILURES.of(address, keyring=keyring, settings=settings)
    attempt = Attempt(kind, account, device, source, trace or {})
    values = {
        **_keys(attempt),
        "limit_key": source.key,
        "limit_most": source.most,
        "second": int(kind is not PASSWORD),
        "person_id": person_id,
        "at": at,
        "waits": list(settings.waits),
        "steps": len(settings.waits),
        "max_failures": settings.max_failures,
    }
    row = db.execute(_COUNT, values).one()
    found = Credentials(*row[4:]) if row.person_id else None
    attempt = replace(attempt, credentials=found)
    if row.counted is not None:
        return attempt
    if row.source_until is not None:
        return replace(attempt, wait_seconds=_seconds(row.source_until - at))
    _leave_trace(db, attempt, event="signin.throttled", at=at)
    needs_support = row.failures is not None and row.failures >= settings.max_failures
    wait = None if needs_support else _seconds((row.blocked_until or at) - at)
    return replace(attempt, wait_seconds=wait)


def settle(
    db: Session, attempt: Attempt, *, is_right: bool, shown: tuple[Kind, ...] = (), at: datetime
) -> None:
    """What a counted attempt comes to, once its secret was checked.

    A wrong one counts against its source, and is journaled. A right one takes back the failures it
    clears; `shown` are the kinds the person has shown before. When that is all they have, every
    failure is forgiven and the browser is known. Until then those at a second factor stay counted,
    else whoever knows the password could guess codes without end.
    """
    if not is_right:
        _leave_trace(db, attempt, event="signin.attempt_failed", at=at)
        return
    now_shown = {*shown, attempt.kind}
    held = attempt.credentials.held if attempt.credentials else ()
    is_all = authentication_of(now_shown) >= authentication_of({*now_shown, *held})
    db.execute(_FORGIVE, {**_keys(attempt), "is_all": is_all, "at": at})


def take_back(db: Session, attempt: Attempt, *, at: datetime) -> None:
    """Take back one attempt whose secret was never checked: the server was at its limit."""
    db.execute(_TAKE_BACK, {**_keys(attempt), "at": at})


def clear(db: Session, *, keyring: Keyring, person_id: UUID) -> None:
    """Forget an account's failures: support has helped its owner."""
    key = _account_key(keyring, person_id)
    db.execute(delete(FailureCounter).where(FailureCounter.key == key))


def delete_stale(db: Session, *, before: datetime, limit: int) -> int:
    """Delete a batch of counters that count nothing, known browsers with them; how many."""
    counts_nothing = FailureCounter.failures == 0
    used_at = FailureCounter.last_failed_at
    return delete_older(db, used_at, counts_nothing, before=before, limit=limit)


def _leave_trace(db: Session, attempt: Attempt, *, event: str, at: datetime) -> None:
    count(db, attempt.source, at=at)
    record(
        db,
        event=event,
        at=at,
        reason=attempt.kind.failure,
        subject_number=attempt.credentials.subject_number if attempt.credentials else None,
        counted=False,
        **attempt.trace,
    )


def _keys(attempt: Attempt) -> dict[str, bytes]:
    return {"account": attempt.account, "device": attempt.device}


def _account_key(keyring: Keyring, person_id: UUID) -> bytes:
    return keyring.lookup_hash("failures.person", str(person_id))


def _seconds(left: timedelta) -> int:
    return max(1, -int(-left.total_seconds() // 1))
