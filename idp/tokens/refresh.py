"""Refresh tokens: each generation used once; reuse of an old one is theft (RFC 9700 4.14.2).

But one that is bound to a key or a certificate: there whoever copied it has nothing, and it stays.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Interval, Text, and_, bindparam, case, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.db import NOW, table_of
from idp.kit.immutable import immutable
from idp.kit.prepared import Prepared
from idp.kit.secrets import token_hash
from idp.tokens.end import ReusedCredential, find_spent
from idp.tokens.grant import GrantedAccess, belongs_together, grant_columns, is_standing
from idp.tokens.models import Grant, RefreshToken

_tokens, _grants = table_of(RefreshToken), table_of(Grant)
_EXTENDED = (
    update(_grants)
    .where(_grants.c.id == bindparam("of_grant"))
    .values(
        expires_at=func.least(
            bindparam("ends", type_=_tokens.c.expires_at.type),
            _grants.c.created_at + bindparam("total", type_=Interval()),
        )
    )
    .returning(_grants.c.id, _grants.c.expires_at)
    .cte("extended")
)
"""The grant lives on, but never longer in all than its refresh tokens may."""
_STORE = Prepared(
    insert(_tokens).from_select(
        ["token_hash", "grant_id", "generation", "bound_to", "created_at", "expires_at"],
        select(
            bindparam("digest", type_=_tokens.c.token_hash.type),
            _EXTENDED.c.id,
            bindparam("number", type_=_tokens.c.generation.type),
            bindparam("holder", type_=_tokens.c.bound_to.type),
            NOW,
            _EXTENDED.c.expires_at,
        ),
    )
)


def store_refresh_token(
    db: Session,
    *,
    token: str,
    grant_id: UUID,
    generation: int,
    lifetime: timedelta,
    total: timedelta,
    bound_to: str = "",
) -> None:
    """Keep the digest of a new refresh token; its grant lives as long. One statement.

    It dies unused after its `lifetime`, and in any case `total` after the grant was made.

    `bound_to` is the key or certificate that whoever uses it must show, if there is one.
    """
    now = clock.now()
    values = {
        "of_grant": grant_id,
        "ends": now + lifetime,
        "total": total,
        "digest": token_hash(token),
        "number": generation,
        "holder": bound_to,
        "now": now,
    }
    _STORE.post(db, values)


@immutable(kw_only=True)
class ClaimedRefreshToken(GrantedAccess):
    """A refresh token just used, and what it grants."""

    generation: int
    is_bound: bool
    """Whether its holder shows a key or a certificate with it: then it is not spent."""


_COVERED = func.string_to_array(Grant.scope, " ", type_=ARRAY(Text)).contains(
    bindparam("requested_scopes", type_=ARRAY(Text))
)
_IN_AUDIENCE = or_(
    func.cardinality(Grant.resources) == 0,
    Grant.resources.contains(bindparam("requested_resources", type_=ARRAY(Text))),
)
_IS_HELD = RefreshToken.bound_to.in_(("", bindparam("holder")))
_IS_USABLE = and_(
    RefreshToken.token_hash == bindparam("presented_hash"),
    RefreshToken.used_at.is_(None),
    RefreshToken.expires_at > NOW,
    Grant.id == RefreshToken.grant_id,
    Grant.relying_party_id == bindparam("presented_by"),
    belongs_together(),
)
_STANDS = and_(_IS_HELD, is_standing())
_IS_BOUND = RefreshToken.bound_to != ""
_CLAIMED = (RefreshToken.generation, _IS_BOUND.label("is_bound"), *grant_columns(_STANDS))
_CLAIM = Prepared(
    update(_tokens)
    .where(_IS_USABLE)
    .values(used_at=case((and_(_COVERED, _IN_AUDIENCE, _STANDS, ~_IS_BOUND), NOW)))
    .returning(*_CLAIMED)
)
_READ = Prepared(select(*_CLAIMED).where(_IS_USABLE), reads=True)
_GIVE_BACK = Prepared(
    update(_tokens).where(_tokens.c.token_hash == bindparam("digest")).values(used_at=None)
)
_PROLONG = Prepared(
    update(_tokens)
    .where(_tokens.c.token_hash == bindparam("digest"), _tokens.c.grant_id == _EXTENDED.c.id)
    .values(expires_at=_EXTENDED.c.expires_at)
)


def claim_refresh_token(
    db: Session,
    *,
    token: str,
    relying_party_id: UUID,
    scopes: Sequence[str],
    today: date,
    resources: Sequence[str] = (),
    holder: str = "",
    rotates: bool = True,
) -> ClaimedRefreshToken | None:
    """Spend a refresh token of that relying party; whoever gets it rotates it alone.

    It is spent only when its grant covers the `scopes` and `resources` asked for: a client that
    asks for too much is refused, and may try again; so is whoever does not hold what the token is
    bound to (`holder` says what was shown). One that is bound is not spent, nor one of a client
    whose tokens do not rotate: `prolong_refresh_token` follows. None when it is unknown, expired,
    spent, or another party's. `today` is the country's day.
    """
    values = {
        "presented_hash": token_hash(token),
        "presented_by": relying_party_id,
        "requested_scopes": list(scopes),
        "requested_resources": list(resources),
        "holder": holder,
        "now": clock.now(),
        "today": today,
    }
    row = (_CLAIM if rotates else _READ).one(db, values)
    return None if row is None else ClaimedRefreshToken(**row._asdict())


def give_back_refresh_token(db: Session, *, token: str) -> None:
    """Undo a claim of this transaction, for a client that is refused: nobody else saw it spent."""
    _GIVE_BACK.post(db, {"digest": token_hash(token)})


def prolong_refresh_token(
    db: Session, *, token: str, grant_id: UUID, lifetime: timedelta, total: timedelta
) -> None:
    """A refresh token that stays the same lives on, and its grant with it. One statement."""
    values = {
        "of_grant": grant_id,
        "ends": clock.now() + lifetime,
        "total": total,
        "digest": token_hash(token),
    }
    _PROLONG.post(db, values)


def find_reuse(db: Session, *, token: str, relying_party_id: UUID) -> ReusedCredential | None:
    """The grant behind a spent refresh token of that relying party."""
    return find_spent(
        db,
        RefreshToken,
        RefreshToken.token_hash == token_hash(token),
        Grant.relying_party_id == relying_party_id,
    )
