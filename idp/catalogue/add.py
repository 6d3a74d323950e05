"""Adding agencies, information systems and public services, one or thousands at a time.

Each function leaves rows alone whose code is there already, so that an import can be repeated, and
returns the ids of all rows named, by code.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from idp.catalogue.models import Agency, InformationSystem, PublicService
from idp.journal.record import record
from idp.kit.db import Base, table_of
from idp.kit.errors import InvalidInput
from idp.kit.listen import notify
from idp.kit.messages import N_

CHANNEL = "catalogue"
"""Notified when a row was added, so that every process reads anew what it remembers."""
_AGENCY_CODE = re.compile(
    r"[A-Z][0-9]{2}(\.[0-9A-Z]{1,4}){0,8}|[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Z][0-9]{2}"
)
_SYSTEM_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PROCEDURE_CODE = re.compile(r"[0-9]\.[0-9]{6}")
_LEVELS = range(1, 5)
_BATCH = 1000


def add_agencies(db: Session, agencies: Iterable[Agency]) -> dict[str, UUID]:
    """Add agencies, parents first; returns the ids of the current ones by code.

    Raises InvalidInput for a code that is neither `G12.18` nor `000.00.00.H29` in form.
    """
    rows = list(agencies)
    for row in rows:
        _check(_AGENCY_CODE, row.code, N_("An agency's code looks like G12.18 or 000.00.00.H29."))
    _insert(db, Agency, rows)
    return _ids(db, Agency.code, [row.code for row in rows if row.ended_on is None])


def add_systems(
    db: Session, systems: Iterable[InformationSystem], *, at: datetime | None = None
) -> dict[str, UUID]:
    """Add information systems; returns their ids by code. Raises InvalidInput for a bad code.

    The journal tells how people sign in to each, as of that instant (now, if none is given).
    """
    rows = list(systems)
    for row in rows:
        _check(
            _SYSTEM_CODE,
            row.code,
            N_("A system's code has letters, digits, dots, hyphens: 64 at most."),
        )
    codes = [row.code for row in rows]
    known = _ids(db, InformationSystem.code, codes)
    _insert(db, InformationSystem, rows)
    ids = _ids(db, InformationSystem.code, codes)
    state_systems(db, {id_ for code, id_ in ids.items() if code not in known}, at=at)
    return ids


def state_systems(db: Session, ids: Collection[UUID], *, at: datetime | None = None) -> None:
    """Have the journal tell how people sign in to these systems, as the register has it now.

    The register keeps no history: figures of past months are counted from these entries.
    """
    systems, agencies = table_of(InformationSystem).c, table_of(Agency).c
    statement = select(
        systems.id, systems.agency_id, agencies.tier, systems.login_state, systems.needs_sign_in
    ).join_from(table_of(InformationSystem), table_of(Agency))
    for row in db.execute(statement.where(systems.id.in_(ids)).order_by(systems.code)).all():
        data = {
            "system": str(row.id),
            "agency": str(row.agency_id),
            "tier": row.tier,
            "login_state": row.login_state,
            "needs_sign_in": row.needs_sign_in,
        }
        record(db, event="system.stated", at=at, counted=False, data=data)


def add_services(db: Session, services: Iterable[PublicService]) -> dict[str, UUID]:
    """Add public services; returns their ids by procedure code.

    Raises InvalidInput for a procedure code unlike `1.001234` or a level outside 1 to 4.
    """
    rows = list(services)
    for row in rows:
        _check(_PROCEDURE_CODE, row.procedure_code, N_("A procedure code looks like 1.001234."))
        if row.level_scheme == "ND43/2011" and row.level not in _LEVELS:
            raise InvalidInput("A service's level is 1, 2, 3 or 4.", detail=row.procedure_code)
    _insert(db, PublicService, rows)
    return _ids(db, PublicService.procedure_code, [row.procedure_code for row in rows])


def _check(pattern: re.Pattern[str], code: str, rule: str) -> None:
    if not pattern.fullmatch(code) or len(code) > 64:
        raise InvalidInput(rule, field="code", detail=code)


def _insert(db: Session, model: type[Base], rows: Sequence[Base]) -> None:
    names = [column.key for column in inspect(model).column_attrs]
    values: list[dict[str, Any]] = [{name: getattr(row, name) for name in names} for row in rows]
    for start in range(0, len(values), _BATCH):
        db.execute(insert(model).on_conflict_do_nothing(), values[start : start + _BATCH])
    notify(db, channel=CHANNEL)


def _ids(db: Session, code: InstrumentedAttribute[str], codes: list[str]) -> dict[str, UUID]:
    model = code.class_
    statement = select(code, model.id).where(code.in_(codes))
    if model is Agency:
        statement = statement.where(Agency.ended_on.is_(None))
    return {row[0]: row[1] for row in db.execute(statement)}
