"""Initial access tokens: an operator lets software of one system register itself (RFC 7591)."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from idp.catalogue.lookup import find_system
from idp.kit import clock
from idp.kit.db import delete_older
from idp.kit.errors import InvalidInput, NotFound
from idp.kit.secrets import new_token, token_hash
from idp.relying_parties.models import InitialAccessToken

LONGEST = timedelta(days=90)
MOST_USES = 1000


def issue_initial_token(
    db: Session, *, system_code: str, uses: int, lifetime: timedelta, at: datetime
) -> str:
    """A token good for `uses` registrations of that system's software; only a digest is kept.

    Raises NotFound for a system nobody has, InvalidInput for too many uses or too long a life.
    """
    if not 0 < uses <= MOST_USES:
        raise InvalidInput("A token is good for 1 to 1000 registrations.", field="uses")
    if not timedelta(0) < lifetime <= LONGEST:
        raise InvalidInput("A token lives 90 days at most.", field="lifetime")
    system = find_system(db, code=system_code)
    if system is None:
        raise NotFound("There is no system with this code.")
    token = new_token()
    db.add(
        InitialAccessToken(
            token_hash=token_hash(token),
            system_id=system.id,
            uses_left=uses,
            created_at=at,
            expires_at=at + lifetime,
        )
    )
    return token


def is_initial_token(db: Session, *, token: str, at: datetime) -> bool:
    """Whether the token is good for a registration; nothing is spent."""
    found = select(InitialAccessToken.uses_left).where(_is_good(token, at))
    return db.scalar(found) is not None


def spend_initial_token(db: Session, *, token: str, at: datetime) -> UUID | None:
    """Use the token once; the system it is for, or None when it is good for nothing any more."""
    return db.scalar(
        update(InitialAccessToken)
        .where(_is_good(token, at))
        .values(uses_left=InitialAccessToken.uses_left - 1)
        .returning(InitialAccessToken.system_id)
        .execution_options(synchronize_session=False)
    )


def drop_expired_initial_tokens(db: Session, *, limit: int) -> int:
    """Delete a batch of tokens that are too old to register anything; how many."""
    return delete_older(db, InitialAccessToken.expires_at, before=clock.now(), limit=limit)


def _is_good(token: str, at: datetime) -> ColumnElement[bool]:
    return and_(
        InitialAccessToken.token_hash == token_hash(token),
        InitialAccessToken.uses_left > 0,
        InitialAccessToken.expires_at > at,
    )
