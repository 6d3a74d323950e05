"""Deleting what is old, a batch at a time; whose role may serve."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from idp.journal.models import ErrorReport
from idp.kit import clock
from idp.kit.db import delete_older, make_engine, refuse_owning_role, transaction
from idp.kit.errors import ConfigurationError
from tests.support.postgres import Database, DatabaseServer


def test_the_oldest_leave_first_and_no_more_than_the_batch(db: Session) -> None:
    now = clock.now()
    for days in (3, 1, 4, 2):
        db.add(ErrorReport(error_id=str(days), at=now - timedelta(days=days), kind="page"))
    before = now - timedelta(days=1, hours=12)
    assert delete_older(db, ErrorReport.at, before=before, limit=2) == 2
    assert sorted(db.scalars(select(ErrorReport.error_id))) == ["1", "2"]
    other_kind = ErrorReport.kind != "page"
    assert delete_older(db, ErrorReport.at, other_kind, before=before, limit=2) == 0
    assert delete_older(db, ErrorReport.at, before=before, limit=2) == 1
    assert list(db.scalars(select(ErrorReport.error_id))) == ["1"]


def test_what_another_transaction_holds_is_left_to_the_next_batch(engine: Engine) -> None:
    now = clock.now()
    with transaction(engine) as db:
        db.add(ErrorReport(error_id="held", at=now - timedelta(days=2), kind="page"))
        db.add(ErrorReport(error_id="free", at=now - timedelta(days=1), kind="page"))
    with transaction(engine) as holder:
        held = select(ErrorReport).where(ErrorReport.error_id == "held")
        holder.execute(held.with_for_update())
        with transaction(engine) as db:
            assert delete_older(db, ErrorReport.at, before=now, limit=10) == 1
    with transaction(engine) as db:
        assert delete_older(db, ErrorReport.at, before=now, limit=10) == 1


@pytest.mark.asvs("13.2.2")
def test_who_owns_the_tables_does_not_serve(postgres: DatabaseServer, database: Database) -> None:
    """G16: neither the owner, nor a superuser, nor a role that may act as the owner."""
    admin = postgres.admin.set(database=database.name).render_as_string(hide_password=False)
    for url in (database.owner_url, admin):
        engine = make_engine(url)
        with pytest.raises(ConfigurationError, match="owns tables"):
            refuse_owning_role(engine)
        engine.dispose()
    serving = make_engine(database.app_url)
    refuse_owning_role(serving)
    serving.dispose()
