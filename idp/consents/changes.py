"""Recording that a person agreed, and that they withdrew it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, bindparam, literal_column, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from idp.consents.models import Agreement, Consent
from idp.kit import clock
from idp.kit.db import table_of
from idp.kit.prepared import Prepared

_consents, _agreements = table_of(Consent), table_of(Agreement)
_SETS = ("scopes", "claims", "resources")


def _union(column: str) -> ColumnElement[list[str]]:
    """The distinct elements of a column's old and new value, in an ON CONFLICT clause.

    What was agreed to for another purpose is not taken over into this one.
    """
    return literal_column(
        f"CASE WHEN consent.purpose_key = excluded.purpose_key "
        f"THEN ARRAY(SELECT DISTINCT unnest(consent.{column} || excluded.{column})) "
        f"ELSE excluded.{column} END"
    )


_NEW = {
    column.name: bindparam(f"new_{column.name}", type_=column.type)
    for column in _consents.columns
    if column.name != "withdrawn_at"
}
_GIVEN = (
    insert(_consents)
    .values(_NEW)
    .on_conflict_do_update(
        index_elements=["person_id", "relying_party_id", "mandate_id"],
        index_where=text("withdrawn_at IS NULL"),
        set_={
            "granted_at": _NEW["granted_at"],
            "purpose_key": _NEW["purpose_key"],
            **{name: _union(name) for name in _SETS},
        },
    )
    .returning(_consents.c.id)
    .cte("given")
)
_AGREED = {
    "id": bindparam("agreement_id", type_=_agreements.c.id.type),
    "consent_id": _GIVEN.c.id,
    **{name: _NEW[name] for name in _SETS},
    "evidence": bindparam("evidence", type_=_agreements.c.evidence.type),
    "agreed_at": _NEW["granted_at"],
}
_GRANT = Prepared(_agreements.insert().from_select(list(_AGREED), select(*_AGREED.values())))


def grant_consent(
    db: Session,
    *,
    person_id: UUID,
    relying_party_id: UUID,
    scopes: Sequence[str],
    claims: Sequence[str],
    evidence: Mapping[str, Any],
    resources: Sequence[str] = (),
    mandate_id: UUID | None = None,
    purpose_key: str = "",
) -> None:
    """Remember what was agreed: it joins what was before, and is kept besides with its evidence.

    What was agreed before for another purpose it replaces (`RegisteredParty.purpose_key`).

    The claims are those whose value was shown, or that there is none. `resources` are addresses of
    others at which the relying party may act for the person (RFC 8707). `mandate_id` is the mandate
    under which they act for an organization; None: for themselves. `evidence` is what they were
    shown: language, service, agency, the claims in words. One statement.
    """
    sets = {"scopes": scopes, "claims": claims, "resources": resources}
    values = {
        "new_id": uuid4(),
        "new_person_id": person_id,
        "new_relying_party_id": relying_party_id,
        "new_mandate_id": mandate_id,
        **{f"new_{name}": sorted(set(values)) for name, values in sets.items()},
        "new_purpose_key": purpose_key,
        "new_granted_at": clock.now(),
        "agreement_id": uuid4(),
        "evidence": dict(evidence),
    }
    _GRANT.post(db, values)


def withdraw_consent(db: Session, *, person_id: UUID, relying_party_id: UUID) -> bool:
    """Withdraw all that is open between the two, for whomever the person acted.

    Whether there was anything. Its tokens are the caller's to revoke.
    """
    withdrawn = db.execute(
        update(Consent)
        .where(
            Consent.person_id == person_id,
            Consent.relying_party_id == relying_party_id,
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=clock.now())
        .returning(Consent.id)
    ).all()
    return bool(withdrawn)


def withdraw_all(db: Session, *, person_id: UUID) -> None:
    """Withdraw whatever an account agreed to. Its tokens are the caller's to revoke."""
    is_open = (Consent.person_id == person_id, Consent.withdrawn_at.is_(None))
    db.execute(update(Consent).where(*is_open).values(withdrawn_at=clock.now()))
