"""Making a grant: the statement that whatever opens one builds on."""

from typing import Any

from sqlalchemy import CTE, Insert, bindparam, insert, select

from idp.kit.db import table_of
from idp.tokens.models import Grant

_grants = table_of(Grant)
_COLUMNS = [column for column in _grants.columns if column.name != "revoked_at"]


def making_grant(condition: CTE | None = None) -> Insert:
    """The INSERT of a grant, where that CTE has a row; parameters as of `grant_values`."""
    new = {c.name: bindparam(f"grant_{c.name}", type_=c.type) for c in _COLUMNS}
    if condition is None:
        return insert(_grants).values(new)
    return insert(_grants).from_select(list(new), select(*new.values()).select_from(condition))


def grant_values(grant: dict[str, Any]) -> dict[str, Any]:
    """The parameters of `making_grant`, from column values."""
    return {f"grant_{name}": value for name, value in grant.items()}
