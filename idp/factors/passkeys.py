"""Passkeys as they are kept: found by what a browser answers, used once for each answer, listed.

What was made stands sealed in its `Authenticator`, bound to its person; beside it, a row finds it
by a keyed hash of its id. A counter that goes back is judged here, once the signature is right: of
a passkey that is in one device alone, somebody has a copy; of a synced one, it means nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.assurance.evidence import Trust
from idp.factors.ceremony import (
    Answer,
    NewCredential,
    Purpose,
    Signed,
    challenge_of,
    verify_answer,
)
from idp.factors.credentials import COLUMNS, Credentials, Held
from idp.factors.kinds import PASSKEY
from idp.factors.known_devices import KNOWN, remember
from idp.factors.models import Passkey
from idp.factors.own_passkeys import open_passkey
from idp.factors.passkey_site import PasskeySite
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.kit.errors import ConfigurationError
from idp.kit.immutable import immutable
from idp.kit.prepared import Prepared
from idp.kit.secrets import equal, token_hash
from idp.people.models import PersonStatus
from idp.rate_limits import FAILURES, count, source_of
from idp.settings.people import ThrottleSettings

_FIND = Prepared(
    f"""
SELECT a.id, a.secret_encrypted, k.sign_count, a.lost_at, EXISTS (
    SELECT FROM known_device AS d
    WHERE d.person_id = p.id AND d.credentials_epoch = p.credentials_epoch
        AND d.secret_hash = :device_hash) AS is_known,
    {COLUMNS}
FROM passkey AS k
JOIN authenticator AS a ON a.id = k.authenticator_id
JOIN person AS p ON p.id = a.person_id
WHERE k.credential_hash = :credential_hash AND a.confirmed_at IS NOT NULL
    AND a.removed_at IS NULL AND a.locked_at IS NULL
    AND (a.suspended_until IS NULL OR (:may_rest AND a.lost_at IS NOT NULL))
""",  # noqa: S608 - constants
    reads=True,
)
_HAS_HERE = Prepared(
    f"""
SELECT EXISTS ({KNOWN}) AND EXISTS (
    SELECT FROM authenticator AS a
    WHERE a.person_id = :person_id AND a.kind = :kind AND a.confirmed_at IS NOT NULL
        AND a.removed_at IS NULL AND a.locked_at IS NULL AND a.suspended_until IS NULL) AS has_one
""",  # noqa: S608 - constants
    reads=True,
)
_USE = Prepared("""
WITH live AS (
    SELECT a.id FROM authenticator AS a
    WHERE a.id = :factor_id
        AND a.removed_at IS NULL AND a.locked_at IS NULL
        AND (a.suspended_until IS NULL OR a.lost_at = CAST(:lost_at AS timestamptz))
    FOR NO KEY UPDATE
), used AS (
    UPDATE passkey AS k SET sign_count = greatest(k.sign_count, :count)
    FROM live
    WHERE k.authenticator_id = live.id
        AND (:may_go_back OR :count > k.sign_count OR (:count = 0 AND k.sign_count = 0))
    RETURNING live.id
)
UPDATE authenticator AS a SET last_used_at = :at FROM used WHERE a.id = used.id
RETURNING a.carries_proofing, a.carries_from
""")
"""What is in use is locked first: who is locking it, or taking it away, is waited for and heard."""


class Refused(Enum):
    """Why a passkey whose signature was right is not taken."""

    GONE = auto()
    """It was locked or taken away at this moment."""
    COPIED = auto()
    """It is in one device alone, and another has signed more often: somebody has a copy."""


@immutable
class Found:
    """The passkey that answered, of an account that can sign in, as it was kept.

    `is_in_known_browser`: its person once signed in there with all they have. `lost_at`: a recovery
    set it aside then, and it counts for nothing but to take the account back.
    """

    id: UUID
    credential: NewCredential
    sign_count: int
    lost_at: datetime | None
    is_in_known_browser: bool
    owner: Credentials


def credential_hash(keyring: Keyring, credential_id: bytes) -> bytes:
    """What a passkey's row is found by."""
    return keyring.lasting_hash("passkey.credential", credential_id.hex())


def user_handle(keyring: Keyring, person_id: UUID) -> bytes:
    """The 32 bytes by which authenticators know a person: no number, and none can be made of it."""
    return keyring.lasting_hash("passkey.handle", person_id.hex)


def find_passkey(
    db: Session, answer: Answer, *, keyring: Keyring, device: str, may_rest: bool = False
) -> Found | None:
    """The passkey in use that answered; None for any that nobody can sign in with. One statement.

    Or one that a recovery set aside, if it `may_rest`. `device` is the secret of the browser's
    cookie, or empty.
    """
    values = {
        "credential_hash": credential_hash(keyring, answer.credential_id),
        "device_hash": token_hash(device),
        "may_rest": may_rest,
    }
    row = _FIND.one(db, values)
    owner = Credentials(*row[5:]) if row is not None else None
    if owner is None or owner.status != PersonStatus.ACTIVE:
        return None
    kept = open_passkey(keyring, row.secret_encrypted, id=row.id, person_id=owner.person_id)
    if not equal(kept.id, answer.credential_id):
        return None  # somebody has moved the row that finds it
    return Found(row.id, kept, row.sign_count, row.lost_at, row.is_known, owner)


def has_passkey_here(db: Session, *, person_id: UUID | None, device: str) -> bool:
    """Whether that person, in a browser that is known as theirs, has a passkey in use.

    No for nobody, and in every other browser: there nobody hears what others have. One statement.
    """
    who = {"person_id": person_id, "device_hash": token_hash(device)}
    values = {**who, "kind": PASSKEY.name}
    return bool(_HAS_HERE.one(db, values).has_one)


def verify_passkey(
    site: PasskeySite,
    found: Found,
    answer: Answer,
    *,
    keyring: Keyring,
    secret: bytes,
    purpose: Purpose,
) -> Signed | None:
    """What was signed for this purpose of this sign-in, by that very passkey; None otherwise.

    Whether a passkey can be synced never changes: one that says otherwise is none of ours.
    """
    signed = verify_answer(
        site,
        answer,
        challenge=challenge_of(secret, purpose),
        public_key=found.credential.public_key,
        handle=user_handle(keyring, found.owner.person_id),
    )
    is_same = signed is not None and signed.is_syncable == found.credential.is_syncable
    return signed if is_same else None


def use_passkey(db: Session, found: Found, signed: Signed, *, at: datetime) -> Held | Refused:
    """Note that it has signed; why not, if it is not to be taken. One conditional statement.

    A counter of 0 that stays 0 says nothing. A lower one than before, of a passkey that may be
    synced, is journaled, and the higher one kept.
    """
    values = {
        "factor_id": found.id,
        "lost_at": found.lost_at,
        "count": signed.sign_count,
        "may_go_back": signed.is_syncable,
        "at": at,
    }
    row = _USE.one(db, values)
    is_back = 0 < found.sign_count >= signed.sign_count
    if row is None:
        return Refused.COPIED if is_back else Refused.GONE
    if is_back:
        record(
            db,
            event="passkey.counter_back",
            at=at,
            subject_number=found.owner.subject_number,
            counted=False,
            data={"was": found.sign_count, "is": signed.sign_count},
        )
    trust = Trust(row.carries_proofing, row.carries_from)
    return Held(found.id, PASSKEY, trust, found.credential.model)


def remember_browser(
    db: Session,
    person_id: UUID,
    *,
    keyring: Keyring,
    settings: ThrottleSettings,
    device: str,
    address: str,
    at: datetime,
) -> str:
    """Know the browser in which somebody showed two factors at once; the secret it is to hold.

    No attempt was counted that could be forgiven: a signature is not guessed.
    """
    place = source_of(address)
    return remember(
        db,
        person_id=person_id,
        device_hash=token_hash(device),
        most=settings.known_devices,
        person_at_source=keyring.lookup_hash("successes.source", f"{person_id} {place}"),
        source=FAILURES.of(address, keyring=keyring, settings=settings),
        share=settings.source_limit_per_person,
        forgiven=None,
        at=at,
    )


def note_refused(
    db: Session,
    found: Found | None,
    *,
    keyring: Keyring,
    settings: ThrottleSettings,
    address: str,
    trace: Mapping[str, Any],
    at: datetime,
) -> None:
    """Journal what was not taken, as long as its source may get anything wrong.

    It makes nobody wait: whoever has the passkey signs in at once, whatever others send.
    """
    if not count(db, FAILURES.of(address, keyring=keyring, settings=settings), at=at):
        return
    record(
        db,
        event="signin.attempt_failed",
        at=at,
        reason=PASSKEY.failure,
        subject_number=found.owner.subject_number if found else None,
        counted=False,
        **trace,
    )


def require_same_site(db: Session, site: PasskeySite) -> None:
    """Raise ConfigurationError where people have passkeys for another `rp_id`: all would be lost.

    Browsers give a passkey to the host it was made for, and to nobody else.
    """
    lowest, highest = db.execute(select(func.min(Passkey.rp_id), func.max(Passkey.rp_id))).one()
    others = {lowest, highest} - {None, site.rp_id}
    if others:
        raise ConfigurationError(
            f"People have passkeys for {min(others)}, and this issuer is for "
            f"{site.rp_id or 'none'}: every one of them would be lost. Keep the issuer's host, or "
            "set IDP_PASSKEYS__RP_ID to what it was."
        )
