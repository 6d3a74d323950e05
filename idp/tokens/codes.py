"""Authorization codes: issued with their grant, claimed once."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, bindparam, case, func, insert, select, update
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.db import NOW, table_of
from idp.kit.secrets import token_hash
from idp.sessions.lookup import is_alive
from idp.tokens.grant import GrantedAccess, belongs_together, grant_columns, is_standing
from idp.tokens.making import grant_values, making_grant
from idp.tokens.models import AuthorizationCode, Grant, PushedRequest

_codes, _grants = table_of(AuthorizationCode), table_of(Grant)
_pushed = table_of(PushedRequest)
_OF_CODE = [column for column in _codes.columns if column.name not in ("grant_id", "used_at")]


def _issue(*, is_pushed: bool) -> Any:
    making = making_grant(_spend() if is_pushed else None)
    granted = making.returning(_grants.c.id).cte("granted")
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
            _pushed.c.client_id == bindparam("code_client_id", type_=_codes.c.client_id.type),
            _pushed.c.used_at.is_(None),
        )
        .values(used_at=NOW)
        .returning(_pushed.c.handle_hash)
    )
    return spending.cte("spent")


_ISSUE = _issue(is_pushed=False)
_ISSUE_PUSHED = _issue(is_pushed=True)


def issue_code(
    db: Session,
    *,
    code: str,
    client_id: str,
    redirect_uri: str,
    code_challenge: str,
    nonce: str,
    dpop_jkt: str,
    code_expires_at: datetime,
    grant: dict[str, Any],
    pushed_as: str = "",
) -> bool:
    """Store a code and the grant (column values of `token_grant`) it will open; one statement.

    `pushed_as`, the digest of a pushed request's handle in hex, is spent in the same statement;
    False, and no code, when it had been spent before: of one such request comes one code.
    """
    values = {
        "code_hash": token_hash(code),
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "code_challenge": code_challenge,
        "nonce": nonce,
        "dpop_jkt": dpop_jkt,
        "expires_at": code_expires_at,
    }
    bound = {
        "grant_id": uuid4(),
        **grant_values(grant),
        **{f"code_{name}": value for name, value in values.items()},
    }
    if pushed_as:
        bound |= {"pushed_hash": bytes.fromhex(pushed_as), "now": clock.now()}
    issued = db.connection().execute(_ISSUE_PUSHED if pushed_as else _ISSUE, bound)
    return issued.one_or_none() is not None


@dataclass(frozen=True, kw_only=True)
class ClaimedCode(GrantedAccess):
    """A code just spent, and what it grants."""

    redirect_uri: str
    code_challenge: str
    nonce: str
    dpop_jkt: str
    """The thumbprint of the key that must be shown with it; empty: none."""


_CLAIM = (
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
    row = db.connection().execute(_CLAIM, values).one_or_none()
    return None if row is None else ClaimedCode(**row._asdict())


@dataclass(frozen=True)
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
