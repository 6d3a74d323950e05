"""Attempts at a secret: counted, then checked, then settled, whatever the page and the kind.

Failures of an account have one counter for its password and others for what comes after it, over
every page (`kinds.Counter`), but for what is counted `apart`; they decay. A source has a limit for
all it gets wrong, and one at each account. An attempt is counted, and committed, before the secret
is checked; what succeeds is taken back. While an account or a source waits, an attempt is refused
unchecked and uncounted, with the time shown.

A browser in which the person once signed in with all they have (`known_devices`) counts its
failures apart, and waits for nobody else. When it has used its own up, it counts as any other.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from idp.assurance.evidence import authentication_of
from idp.factors.credentials import COLUMNS, Credentials
from idp.factors.kinds import KINDS, PASSWORD, Kind, usable
from idp.factors.known_devices import FORGIVE, KNOWN, remember
from idp.factors.models import FailureCounter
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.kit.db import delete_older
from idp.kit.immutable import immutable
from idp.kit.prepared import Prepared
from idp.kit.secrets import token_hash
from idp.people.models import PersonStatus
from idp.rate_limits import (
    FAILURES,
    FAILURES_AT_ACCOUNT,
    THROTTLED,
    Allowance,
    count,
    count_up,
    source_of,
)
from idp.settings.people import AssuranceSettings, ThrottleSettings


@immutable
class Attempt:
    """An attempt that is counted: whether its secret may be checked now, and if not, when again.

    `counter` is the one it counts in: its browser's own, when that is known, else its `account`'s.
    `trace` are further columns of the journal's rows about it.
    """

    kind: Kind
    account: bytes
    counter: bytes
    device_hash: bytes
    source: Allowance
    source_at_account: Allowance
    person_at_source: bytes
    settings: ThrottleSettings
    trace: Mapping[str, Any]
    credentials: Credentials | None = None
    wait_seconds: int = 0

    @property
    def is_allowed(self) -> bool:
        """Whether the secret may be checked now."""
        return self.wait_seconds == 0

    @property
    def is_in_known_browser(self) -> bool:
        """Whether the person once signed in there with all they have."""
        return self.counter != self.account

    def password_hash(self, keyring: Keyring) -> str | None:
        """As `Credentials.password_hash`; None for an account that nobody can sign in to."""
        found = self.credentials
        is_active = found is not None and found.status == PersonStatus.ACTIVE
        return found.password_hash(keyring) if found and is_active else None


_COUNT = Prepared(f"""
WITH known AS (
    {KNOWN} AND NOT EXISTS (
        SELECT FROM failure_counter WHERE key = :device AND clears_at
            > CAST(:at AS timestamptz) + CAST(:decay AS interval) * (CAST(:most AS int) - 1))
), source AS (
    SELECT max(ends_at) AS ends_at FROM rate_count
    WHERE ends_at > :at AND NOT EXISTS (SELECT FROM known)
    AND ((key = :source AND count >= :most_of_source) OR (key = :here AND count >= :most_here))
), chosen AS (
    SELECT CASE WHEN EXISTS (SELECT FROM known) THEN CAST(:device AS bytea) ELSE :account END AS key
), counted AS (
    INSERT INTO failure_counter AS c (key, clears_at, blocked_until)
    SELECT key, :at + :decay, :at + make_interval(secs => (CAST(:waits AS int[]))[1])
    FROM chosen WHERE (SELECT ends_at FROM source) IS NULL
    ON CONFLICT (key) DO UPDATE SET
        clears_at = greatest(c.clears_at, :at) + :decay,
        blocked_until = greatest(
            c.clears_at - :decay * (:most - 2),
            :at + make_interval(secs => (CAST(:waits AS int[]))[least(:steps, 1 + ceil(
                extract(epoch FROM greatest(c.clears_at - :at, interval '0'))
                / extract(epoch FROM :decay))::int)]))
    WHERE c.blocked_until <= :at
    RETURNING key
)
SELECT EXISTS (SELECT FROM counted) AS is_counted,
       coalesce((SELECT ends_at FROM source), c.blocked_until) AS waits_until,
       (SELECT ends_at FROM source) IS NOT NULL AS is_source_over,
       chosen.key,
       {COLUMNS}
FROM chosen
LEFT JOIN failure_counter AS c ON c.key = chosen.key
LEFT JOIN person AS p ON p.id = :person_id
""")  # noqa: S608 - constants
"""Each failure adds `decay` to the instant at which an account has none left: `clears_at`."""

_FORGIVE = Prepared(FORGIVE)
_TAKE_BACK = Prepared("""
UPDATE failure_counter
SET clears_at = clears_at - CAST(:decay AS interval), blocked_until = to_timestamp(0)
WHERE key = :counter
""")
"""It was free when the attempt was counted; so is it again, for one that had begun before, too."""


def count_attempt(
    db: Session,
    kind: Kind,
    *,
    keyring: Keyring,
    settings: ThrottleSettings,
    person_id: UUID | None,
    identifier_hash: bytes | None = None,
    apart: str = "",
    device: str,
    address: str,
    trace: Mapping[str, Any] | None = None,
    at: datetime,
) -> Attempt:
    """Count an attempt as failed before its secret is checked, and read what to check it against.

    At an account, or an identifier that no account holds: one statement, the same for both. Commit
    before checking. `device` is the secret of the browser's cookie, or empty. Neither addresses nor
    browsers are kept, only digests of them. `apart` names a counter that no other page counts in,
    and for which no browser is known: who has the account by now makes known as many as they like.
    """
    account = (
        _account_key(keyring, person_id, kind)
        if person_id is not None
        else keyring.lookup_hash("failures.identifier", (identifier_hash or b"").hex())
    )
    if apart:
        account, device = keyring.lookup_hash("failures.apart", f"{account.hex()} {apart}"), ""
    place = source_of(address)
    here = f"{account.hex()} {place}"
    attempt = Attempt(
        kind,
        account,
        counter=keyring.lookup_hash("failures.device", f"{account.hex()} {device}"),
        device_hash=token_hash(device),
        source=FAILURES.of(address, keyring=keyring, settings=settings),
        source_at_account=FAILURES_AT_ACCOUNT.of(here, keyring=keyring, settings=settings),
        person_at_source=keyring.lookup_hash("successes.source", f"{person_id} {place}"),
        settings=settings,
        trace=trace or {},
    )
    values = {"person_id": person_id, "at": at, **_values(attempt)}
    row = _COUNT.one(db, values)
    found = Credentials(*row[4:]) if row.person_id else None
    attempt = replace(attempt, counter=row.key, credentials=found)
    if row.is_counted:
        return attempt
    throttled = THROTTLED.of(account.hex(), keyring=keyring, settings=settings)
    if not row.is_source_over and count(db, throttled, at=at):
        _leave_trace(db, attempt, event="signin.throttled", data={}, at=at)
    return replace(attempt, wait_seconds=_seconds((row.waits_until or at) - at))


def settle_right(
    db: Session,
    attempt: Attempt,
    *,
    assurance: AssuranceSettings,
    shown: tuple[Kind, ...] = (),
    at: datetime,
) -> str | None:
    """What a counted attempt comes to, once its secret was checked, and was right.

    A right password forgives the wrong ones, in a known browser its own alone: strangers who count
    theirs would learn that somebody holds the number, and when they sign in. A right code forgives
    none but this browser's own, else each sign-in of the owner would give whoever knows the
    password a new set of guesses. `shown` are the kinds the person has shown before: when that is
    all they have and may use here, the browser is known, by the secret returned.
    """
    forgives = attempt.kind is PASSWORD or attempt.is_in_known_browser
    if not forgives:
        take_back(db, attempt)
    now_shown = {*shown, attempt.kind}
    found = attempt.credentials
    held = usable(found.held, assurance, proofing=found.proofing) if found else ()
    if found is None or authentication_of(now_shown) < authentication_of({*now_shown, *held}):
        if forgives:
            _FORGIVE.post(db, {"forgiven": attempt.counter})
        return None
    return remember(
        db,
        person_id=found.person_id,
        device_hash=attempt.device_hash,
        most=attempt.settings.known_devices,
        person_at_source=attempt.person_at_source,
        source=attempt.source,
        share=attempt.settings.source_limit_per_person,
        forgiven=attempt.counter if forgives else None,
        at=at,
    )


def settle_wrong(
    db: Session, attempt: Attempt, *, steps_away: int | None = None, at: datetime
) -> int | None:
    """The same of a wrong one: how many its source has left at this account, or identifier.

    It counts against its source, and is journaled. None where its browser is known, and waits for
    no source. It is the same number whether or not somebody holds the identifier, and nobody else's
    attempts are in it. `steps_away` says of a wrong code to which time step it belongs, to the
    journal.
    """
    count(db, attempt.source, at=at)
    times = count_up(db, attempt.source_at_account, at=at)
    data = {} if steps_away is None else {"steps_away": steps_away}
    _leave_trace(db, attempt, event="signin.attempt_failed", data=data, at=at)
    if attempt.counter != attempt.account:
        return None
    return 0 if times is None else attempt.source_at_account.most - times


def take_back(db: Session, attempt: Attempt) -> None:
    """Take back one attempt whose secret was never checked: the server was at its limit."""
    _TAKE_BACK.post(db, {"counter": attempt.counter, "decay": _decay(attempt)})


def clear(db: Session, *, keyring: Keyring, person_id: UUID) -> None:
    """Forget an account's failures: its owner has a new password, or support has helped."""
    keys = [_account_key(keyring, person_id, kind) for kind in KINDS.values()]
    db.execute(delete(FailureCounter).where(FailureCounter.key.in_(keys)))


def delete_stale(db: Session, *, before: datetime, limit: int) -> int:
    """Delete a batch of counters whose failures have all decayed; how many."""
    return delete_older(db, FailureCounter.clears_at, before=before, limit=limit)


def _leave_trace(
    db: Session, attempt: Attempt, *, event: str, data: Mapping[str, int], at: datetime
) -> None:
    record(
        db,
        event=event,
        at=at,
        reason=attempt.kind.failure,
        subject_number=attempt.credentials.subject_number if attempt.credentials else None,
        counted=False,
        data=data,
        **attempt.trace,
    )


def _values(attempt: Attempt) -> dict[str, Any]:
    """What the counting statement asks for, while `counter` still is the device's."""
    settings, source, here = attempt.settings, attempt.source, attempt.source_at_account
    waits = attempt.kind.counter.waits(settings)
    return {
        "account": attempt.account,
        "device": attempt.counter,
        "device_hash": attempt.device_hash,
        "source": source.key,
        "most_of_source": source.most,
        "here": here.key,
        "most_here": here.most,
        "decay": _decay(attempt),
        "waits": list(waits),
        "steps": len(waits),
        "most": attempt.kind.counter.most(settings),
    }


def _decay(attempt: Attempt) -> timedelta:
    return attempt.kind.counter.decay(attempt.settings)


def _account_key(keyring: Keyring, person_id: UUID, kind: Kind) -> bytes:
    return keyring.lookup_hash(kind.counter.name, str(person_id))


def _seconds(left: timedelta) -> int:
    return max(1, -int(-left.total_seconds() // 1))
