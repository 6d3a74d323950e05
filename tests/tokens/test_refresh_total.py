"""A refresh token's end: unused for its lifetime, or all of its time over."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.kit.secrets import token_hash
from idp.tokens.models import Grant, RefreshToken
from idp.tokens.refresh import prolong_refresh_token, store_refresh_token
from tests.tokens.conftest import MakeGrant

DAY = timedelta(days=1)


@pytest.mark.asvs("10.4.8")
@pytest.mark.parametrize(("total", "lives"), [(30 * DAY, 10 * DAY), (3 * DAY, 3 * DAY)])
def test_one_that_stays_the_same_is_not_prolonged_beyond_its_total(
    db: Session, make_grant: MakeGrant, total: timedelta, lives: timedelta
) -> None:
    grant = make_grant(is_offline=True)
    of_grant = {"token": "t", "grant_id": grant.id, "lifetime": 10 * DAY, "total": total}
    store_refresh_token(db, **of_grant, generation=1)
    first = ends_of(db, grant)
    prolong_refresh_token(db, **of_grant)
    for ends in (*first, *ends_of(db, grant)):
        assert abs(ends - lives) < timedelta(minutes=1)


def ends_of(db: Session, grant: Grant) -> list[timedelta]:
    """How long after it was made the grant ends, and its token."""
    db.refresh(grant)
    token_ends = select(RefreshToken.expires_at).where(RefreshToken.token_hash == token_hash("t"))
    return [grant.expires_at - grant.created_at, db.scalars(token_ends).one() - grant.created_at]
