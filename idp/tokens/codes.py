"""Grants opened at /authorize: the pushed requests and the codes, each spent once.

A pushed request (RFC 9126) is kept with its client and found while it is fresh. Opening a grant
spends it, and issues the code.
"""

from dataclasses import field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, bindparam, case, func, insert, select, update
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import NOW, table_of
from idp.kit.immutable import immutable
from idp.kit.prepared import Prepared
from idp.kit.secrets import token_hash
from idp.sessions.lookup import is_alive
from idp.tokens.grant import (
    GrantedAccess,
    belongs_together,
    grant_columns,
    grant_values,
    is_standing,
    making_grant,
)
from idp.tokens.models import PUSHED_PARAMETERS, AuthorizationCode, Grant, PushedRequest

_codes, _grants = table_of(AuthorizationCode), table_of(Grant)
_pushed = table_of(PushedRequest)
_STORE = Prepared(insert(_pushed).inline())
_FIND = Prepared(
    select(
        _pushed.c.client_id, _pushed.c.parameters_encrypted, _pushed.c.expires_at, _pushed.c.used_at
    ).where(_pushed.c.handle_hash == bindparam("presented_hash")),
    reads=True,
)


@immutable
class FoundRequest:
    """What a client pushed."""

    parameters: str
    fault: str
    """`foreign` (another client's), `used` or `expired`; empty for one that may be opened."""


def store_pushed_request(
    db: Session,
    *,
    handle_hash: bytes,
    client_id: str,
    parameters: str,
    keyring: Keyring,
    lifetime: timedelta,
) -> None:
    """Keep a request under the digest of its handle. One statement."""
    values = {
        "handle_hash": handle_hash,
        "client_id": client_id,
        "parameters_encrypted": PUSHED_PARAMETERS.seal(
            keyring, parameters, handle_hash=handle_hash
        ),
        "expires_at": clock.now() + lifetime,
        "used_at": None,
    }
    _STORE.post(db, values)


def find_pushed_request(
    db: Session, *, handle_hash: bytes, client_id: str, keyring: Keyring
) -> FoundRequest | None:
    """The request behind a handle, for the client that presents it; None for an unknown handle.

    Looking spends nothing: people reload pages, and browsers fetch them ahead (RFC 9126 section 4).
    Raises DecryptionFailed when the key it was written under has left the ring.
    """
    row = _FIND.one(db, {"presented_hash": handle_hash})
    if row is None:
        return None
    parameters = PUSHED_PARAMETERS.open(keyring, row.parameters_encrypted, handle_hash=handle_hash)
    if row.client_id != client_id:
        fault = "foreign"
    elif row.used_at is not None:
        fault = "used"
    else:
        fault = "expired" if row.expires_at <= clock.now() else ""
    return FoundRequest(parameters, fault)


_OF_CODE = [column for column in _codes.columns if column.name not in ("grant_id", "used_at")]


def _open(*, has_code: bool, is_pushed: bool) -> Any:
    making = making_grant(_spend() if is_pushed else None).returning(_grants.c.id)
    if not has_code:
        return making
    granted = making.cte("granted")
    parameters = [bindparam(f"code_{c.name}", type_=c.type) for c in _OF_CODE]
    issuing = insert(_codes).from_select(
        ["grant_id", *(c.name for c in _OF_CODE)], select(granted.c.id, *parameters)
    )
    return issuing.returning(_codes.c.grant_id)


def _spend() -> Any:
    spending = (
        update(_pushed)
        .where(
            _pushed.c.handle_hash == bindparam("pushed_hash"),
            _pushed.c.client_id == bindparam("pushed_by", type_=_pushed.c.client_id.type),
            _pushed.c.used_at.is_(None),
        )
        .values(used_at=NOW)
        .returning(_pushed.c.handle_hash)
    )
    return spending.cte("spent")


_OPEN = {
    (has_code, is_pushed): Prepared(_open(has_code=has_code, is_pushed=is_pushed))
    for has_code in (False, True)
    for is_pushed in (False, True)
}


@immutable(kw_only=True)
class NewCode:
    """A code to be issued, and what it is bound to besides its client."""

    code: str = field(repr=False)
    redirect_uri: str
    code_challenge: str
    nonce: str
    dpop_jkt: str
    expires_at: datetime

    def values(self, client_id: str) -> dict[str, Any]:
        """The parameters of the statement."""
        columns = {**vars(self), "code_hash": token_hash(self.code), "client_id": client_id}
        return {f"code_{column.name}": columns[column.name] for column in _OF_CODE}


def open_grant(
    db: Session,
    *,
    client_id: str,
    grant: dict[str, Any],
    code: NewCode | None,
    pushed_as: str = "",
) -> UUID | None:
    """Store a grant (column values of `token_grant`), and the code it opens by; one statement.

    Its id. `pushed_as`, the digest of a pushed request's handle in hex, is spent in the same
    statement; None, and no grant, when it had been spent before: such a request is answered once.
    """
    grant_id = uuid4()
    bound = {"grant_id": grant_id, **grant_values(grant)}
    if code is not None:
        bound |= code.values(client_id)
    if pushed_as:
        pushed = {"pushed_hash": bytes.fromhex(pushed_as), "pushed_by": client_id}
        bound |= {**pushed, "now": clock.now()}
    opening = _OPEN[code is not None, bool(pushed_as)]
    if pushed_as:
        opened = opening.one(db, bound)
        return None if opened is None else opened[0]
    opening.post(db, bound)
    return grant_id


@immutable(kw_only=True)
class ClaimedCode(GrantedAccess):
    """A code just spent, and what it grants."""

    redirect_uri: str
    code_challenge: str
    nonce: str
    dpop_jkt: str
    """The thumbprint of the key that must be shown with it; empty: none."""


_CLAIM = Prepared(
    update(_codes)
    .where(
        AuthorizationCode.code_hash == bindparam("presented_hash"),
        AuthorizationCode.client_id == bindparam("presented_by"),
        AuthorizationCode.used_at.is_(None),
        AuthorizationCode.expires_at > NOW,
        Grant.id == AuthorizationCode.grant_id,
        belongs_together(),
    )
    .values(used_at=NOW)
    .returning(
        AuthorizationCode.redirect_uri,
        AuthorizationCode.code_challenge,
        AuthorizationCode.nonce,
        AuthorizationCode.dpop_jkt,
        *grant_columns(and_(is_standing(), is_alive())),
    )
)


def claim_code(db: Session, *, code: str, client_id: str, today: date) -> ClaimedCode | None:
    """Spend a code of that client; whoever gets it has it alone (RFC 6749 section 4.1.2).

    None for a code that is unknown, expired, spent, or another client's; the last stays unspent.
    A code means nothing without its session, even where its grant would outlive that. `today` is
    the country's day.
    """
    values = {
        "presented_hash": token_hash(code),
        "presented_by": client_id,
        "now": clock.now(),
        "today": today,
    }
    row = _CLAIM.one(db, values)
    return None if row is None else ClaimedCode(**row._asdict())


def give_back_code(db: Session, *, code: str) -> None:
    """Undo a claim of this transaction, for a client that is refused: nobody else saw it spent."""
    digest = token_hash(code)
    db.execute(update(_codes).where(_codes.c.code_hash == digest).values(used_at=None))


@immutable
class MisusedCode:
    """A code that was presented though it could not be claimed."""

    grant_id: UUID
    sign_in_id: UUID
    reason: str
    """`replayed`, `foreign` (another client's) or `expired`."""
    at: datetime
    """When it was spent, or else expired."""


def find_misuse(db: Session, *, code: str, client_id: str) -> MisusedCode | None:
    """Why a known code could not be claimed: replayed, another client's, or expired."""
    row = db.execute(
        select(
            Grant.id,
            Grant.sign_in_id,
            case(
                (AuthorizationCode.client_id != client_id, "foreign"),
                (AuthorizationCode.used_at.is_not(None), "replayed"),
                else_="expired",
            ),
            func.coalesce(AuthorizationCode.used_at, AuthorizationCode.expires_at),
        )
        .join(Grant, Grant.id == AuthorizationCode.grant_id)
        .where(AuthorizationCode.code_hash == token_hash(code))
    ).one_or_none()
    return None if row is None else MisusedCode(*row)
