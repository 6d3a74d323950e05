"""Whose services may exchange people's tokens for tokens meant for whom (RFC 8693)."""

from sqlalchemy import Text, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from idp.relying_parties.models import Environment, RelyingParty, RelyingPartyState

_texts = ARRAY(Text)
_TARGETS = (
    select(RelyingParty.client_id)
    .where(
        RelyingParty.audiences.contains(bindparam("audiences", type_=_texts)),
        RelyingParty.exchange_clients.contains(bindparam("clients", type_=_texts)),
        RelyingParty.environment == bindparam("environment", type_=RelyingParty.environment.type),
        RelyingParty.state == RelyingPartyState.LIVE,
    )
    .limit(2)
)


def find_exchange_target(
    db: Session, *, audience: str, client_id: str, environment: Environment
) -> str | None:
    """The client_id of the live party that answers to the audience and lets the client exchange.

    None when nobody does, or several: whose subject a token would bear must not be a guess.
    Sandbox clients reach sandbox parties only. One statement.
    """
    sought = {"audiences": [audience], "clients": [client_id], "environment": environment}
    found = db.scalars(_TARGETS, sought).all()
    return found[0] if len(found) == 1 else None
