"""Authorization codes: issued with their grant, claimed once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import case, insert, literal, select, update
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.secrets import token_hash
from idp.tokens.grant import GrantedAccess, belongs_together, grant_columns
from idp.tokens.models import AuthorizationCode, Grant


def issue_code(
    db: Session,
    *,
    code: str,
    client_id: str,
    redirect_uri: str,
    code_challenge: str,
    nonce: str,
    code_expires_at: datetime,
    grant: dict[str, Any],
) -> None:
    """Store a code and the grant (column values of `token_grant`) it will open; one statement."""
    granted = insert(Grant).values(id=uuid4(), **grant).returning(Grant.id).cte("granted")
    db.execute(
        insert(AuthorizationCode).from_select(
            [
                *("code_hash", "grant_id", "client_id", "redirect_uri"),
                *("code_challenge", "nonce", "expires_at"),
            ],
            select(
                literal(token_hash(code)),
                granted.c.id,
                literal(client_id),
                literal(redirect_uri),
                literal(code_challenge),
                literal(nonce),
                literal(code_expires_at, AuthorizationCode.expires_at.type),
            ),
        )
    )


@dataclass(frozen=True, kw_only=True)
class ClaimedCode(GrantedAccess):
    """A code just spent, and what it grants."""

    redirect_uri: str
    code_challenge: str
    nonce: str


def claim_code(db: Session, *, code: str, client_id: str) -> ClaimedCode | None:
    """Spend a code of that client; whoever gets it has it alone (RFC 6749 section 4.1.2).

    None for a code that is unknown, expired, spent, or another client's; the last stays unspent.
    """
    now = clock.now()
    row = db.execute(
        update(AuthorizationCode)
        .where(
            AuthorizationCode.code_hash == token_hash(code),
            AuthorizationCode.client_id == client_id,
            AuthorizationCode.used_at.is_(None),
            AuthorizationCode.expires_at > now,
            Grant.id == AuthorizationCode.grant_id,
            belongs_together(),
        )
        .values(used_at=now)
        .returning(
            AuthorizationCode.redirect_uri,
            AuthorizationCode.code_challenge,
            AuthorizationCode.nonce,
            *grant_columns(now),
        )
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return None if row is None else ClaimedCode(**row._asdict())


@dataclass(frozen=True)
class MisusedCode:
    """A code that was presented though it could not be claimed."""

    grant_id: UUID
    sign_in_id: UUID
    reason: str
    """`replayed`, `foreign` (another client's) or `expired`."""


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
        )
        .join(Grant, Grant.id == AuthorizationCode.grant_id)
        .where(AuthorizationCode.code_hash == token_hash(code))
    ).one_or_none()
    return None if row is None else MisusedCode(*row)
