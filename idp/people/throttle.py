"""Failures in a row: one counter per account over every form and factor, and one per source.

An attempt is counted, and committed, before the secret is checked; what succeeds is taken back.
While an account waits, an attempt is refused unchecked and uncounted, with the time shown.

A browser in which the person once signed in with all they have counts its failures apart, and does
not wait for others of its source: strangers can make an account or an address that many share wait,
but not lock an owner out. When a known browser has used its failures up, it counts as any other.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Network, ip_address
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    Boolean,
    DateTime,
    LargeBinary,
    Row,
    Uuid,
    bindparam,
    delete,
    func,
    text,
    update,
)
from sqlalchemy.orm import Session

from idp.kit.crypto import Keyring
from idp.kit.db import delete_older
from idp.people.credentials import Credentials
from idp.people.models import FailureCounter, PersonStatus
from idp.settings.people import ThrottleSettings

Factor = Literal["password", "code"]

_IPV6_PREFIX = 64
"""One customer's share of IPv6: whoever has one address has all of these."""


@dataclass(frozen=True)
class Counters:
    """The keys of the counters an attempt may meet; a device's exists only when it is known."""

    account: bytes
    device: bytes
    source: bytes


@dataclass(frozen=True)
class Attempt:
    """Whether the secret may be checked now; if not, when again (None: after support helped).

    `source_is_blocked` says that it is the source, not the account, that has to wait.
    """

    is_allowed: bool
    credentials: Credentials | None
    wait_seconds: int | None = 0
    source_is_blocked: bool = False


_COUNT = text("""
WITH known AS (
    SELECT key FROM failure_counter WHERE key = :device AND failures < :max_failures
), source AS (
    SELECT blocked_until FROM failure_counter
    WHERE key = :source_key AND failures >= :source_limit AND blocked_until > :at
        AND NOT EXISTS (SELECT FROM known)
), chosen AS (
    SELECT coalesce((SELECT key FROM known), :account) AS key
), counted AS (
    INSERT INTO failure_counter AS c (key, failures, code_failures, last_failed_at, blocked_until)
    SELECT key, 1, :code, :at, :at + make_interval(secs => (CAST(:waits AS int[]))[1])
    FROM chosen WHERE NOT EXISTS (SELECT FROM source)
    ON CONFLICT (key) DO UPDATE SET
        failures = c.failures + 1,
        code_failures = c.code_failures + :code,
        last_failed_at = :at,
        blocked_until = :at + make_interval(
            secs => (CAST(:waits AS int[]))[least(c.failures + 1, :steps)])
    WHERE c.blocked_until <= :at AND c.failures < :max_failures
    RETURNING failures
)
SELECT (SELECT failures FROM counted) AS counted,
       (SELECT blocked_until FROM source) AS source_until,
       c.blocked_until, c.failures,
       p.id, p.subject_number, p.status, p.proofing, p.credentials_epoch, p.password_hash,
       EXISTS (
           SELECT FROM totp_factor AS t
           WHERE t.person_id = p.id AND t.confirmed_at IS NOT NULL AND t.removed_at IS NULL
       ) AS has_totp
FROM chosen
LEFT JOIN failure_counter AS c ON c.key = chosen.key
LEFT JOIN person AS p ON p.id = :person_id
""").bindparams(
    bindparam("at", type_=DateTime(timezone=True)),
    bindparam("person_id", type_=Uuid()),
    bindparam("account", type_=LargeBinary),
)

_FORGIVE = text("""
WITH known AS (
    INSERT INTO failure_counter (key, failures, code_failures, last_failed_at, blocked_until)
    SELECT :device, 0, 0, :at, :at WHERE :is_complete
    ON CONFLICT (key) DO UPDATE SET
        failures = 0, code_failures = 0, last_failed_at = :at, blocked_until = :at
)
UPDATE failure_counter SET
    failures = CASE WHEN :is_complete THEN 0 ELSE code_failures END,
    code_failures = CASE WHEN :is_complete THEN 0 ELSE code_failures END,
    blocked_until = :at
WHERE key = :account OR (key = :device AND NOT :is_complete)
""").bindparams(
    bindparam("at", type_=DateTime(timezone=True)),
    bindparam("device", type_=LargeBinary),
    bindparam("is_complete", type_=Boolean),
)

_TAKE_BACK = text("""
UPDATE failure_counter SET failures = greatest(failures - 1, code_failures), blocked_until = :at
WHERE key = coalesce((SELECT key FROM failure_counter WHERE key = :device), :account)
""").bindparams(
    bindparam("at", type_=DateTime(timezone=True)), bindparam("account", type_=LargeBinary)
)

_COUNT_SOURCE = text("""
INSERT INTO failure_counter AS c (key, failures, code_failures, last_failed_at, blocked_until)
VALUES (:key, 1, 0, :at, :ends_at)
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN c.blocked_until <= :at THEN 1 ELSE c.failures + 1 END,
    blocked_until = CASE WHEN c.blocked_until <= :at THEN :ends_at ELSE c.blocked_until END,
    last_failed_at = :at
RETURNING failures
""").bindparams(
    bindparam("at", type_=DateTime(timezone=True)),
    bindparam("ends_at", type_=DateTime(timezone=True)),
)


def counters_of(
    keyring: Keyring,
    *,
    person_id: UUID | None,
    identifier_hash: bytes | None,
    browser_hash: bytes,
    address: str,
) -> Counters:
    """The counters of an account, or of an identifier that no account holds, as tried from here.

    Neither addresses nor browsers are kept, only keyed hashes of them.
    """
    if person_id is not None:
        account = account_key(keyring, person_id=person_id)
    else:
        account = keyring.lookup_hash("failures.identifier", (identifier_hash or b"").hex())
    device = keyring.lookup_hash("failures.device", (account + browser_hash).hex())
    return Counters(account, device, source_key(keyring, purpose="failures", address=address))


def source_key(keyring: Keyring, *, purpose: str, address: str) -> bytes:
    """The counter of a source: an IPv4 address, or the network of an IPv6 one."""
    return keyring.lookup_hash(f"{purpose}.source", _source(address))


def _source(address: str) -> str:
    if address and ip_address(address).version == 6:
        return str(IPv6Network((address.partition("%")[0], _IPV6_PREFIX), strict=False))
    return address


def account_key(keyring: Keyring, *, person_id: UUID) -> bytes:
    """The counter of an account."""
    return keyring.lookup_hash("failures.person", str(person_id))


def count_attempt(
    db: Session,
    *,
    settings: ThrottleSettings,
    counters: Counters,
    person_id: UUID | None,
    factor: Factor,
    at: datetime,
) -> Attempt:
    """Count an attempt as failed before its secret is checked, and read what to check it against.

    One statement, the same for known and unknown accounts. Commit before checking.
    """
    row = db.execute(
        _COUNT,
        {
            "account": counters.account,
            "device": counters.device,
            "source_key": counters.source,
            "source_limit": settings.source_limit,
            "code": int(factor == "code"),
            "person_id": person_id,
            "at": at,
            "waits": list(settings.waits),
            "steps": len(settings.waits),
            "max_failures": settings.max_failures,
        },
    ).one()
    credentials = _credentials_of(row)
    if row.counted is not None:
        return Attempt(is_allowed=True, credentials=credentials)
    if row.source_until is not None:
        wait = _seconds(row.source_until - at)
        return Attempt(
            is_allowed=False, credentials=credentials, wait_seconds=wait, source_is_blocked=True
        )
    if row.failures is not None and row.failures >= settings.max_failures:
        return Attempt(is_allowed=False, credentials=credentials, wait_seconds=None)
    wait = _seconds((row.blocked_until or at) - at)
    return Attempt(is_allowed=False, credentials=credentials, wait_seconds=wait)


def _credentials_of(row: Row[Any]) -> Credentials | None:
    if row.id is None:
        return None
    return Credentials(
        person_id=row.id,
        subject_number=row.subject_number,
        status=PersonStatus(row.status),
        proofing=row.proofing,
        credentials_epoch=row.credentials_epoch,
        password_hash=row.password_hash,
        has_totp=row.has_totp,
    )


def forgive(db: Session, *, counters: Counters, is_complete: bool, at: datetime) -> None:
    """Take back the failures a right secret clears, and know the browser when it was the last.

    `is_complete` says that the person has now shown every factor they have. Until then wrong codes
    stay counted, else whoever knows the password could guess codes without end.
    """
    db.execute(
        _FORGIVE,
        {
            "account": counters.account,
            "device": counters.device,
            "is_complete": is_complete,
            "at": at,
        },
    )


def take_back(db: Session, *, counters: Counters, at: datetime) -> None:
    """Take back one attempt whose secret was never checked: the server was at its limit."""
    db.execute(_TAKE_BACK, {"account": counters.account, "device": counters.device, "at": at})


def count_source_failure(db: Session, *, source: bytes, at: datetime) -> int:
    """Count a failure of a source address; how many in its present hour."""
    ends_at = at + timedelta(hours=1)
    counted = db.execute(_COUNT_SOURCE, {"key": source, "at": at, "ends_at": ends_at})
    return int(counted.scalar_one())


def take_back_source_failure(db: Session, *, source: bytes) -> None:
    """Take back one that turned out to be none."""
    counter = update(FailureCounter).where(FailureCounter.key == source)
    db.execute(counter.values(failures=func.greatest(FailureCounter.failures - 1, 0)))


def clear(db: Session, *, keyring: Keyring, person_id: UUID) -> None:
    """Forget an account's failures: support has helped its owner."""
    key = account_key(keyring, person_id=person_id)
    db.execute(delete(FailureCounter).where(FailureCounter.key == key))


def delete_stale(db: Session, *, before: datetime, limit: int) -> int:
    """Delete a batch of counters that count nothing, known browsers with them; how many."""
    counts_nothing = FailureCounter.failures == 0
    return delete_older(
        db, FailureCounter.last_failed_at, counts_nothing, before=before, limit=limit
    )


def _seconds(left: timedelta) -> int:
    return max(1, -int(-left.total_seconds() // 1))
