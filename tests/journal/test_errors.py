"""What stands behind an error id, and for how long."""

from datetime import timedelta

from sqlalchemy.orm import Session

from idp.journal.errors import KEPT_FOR, drop_expired_errors, find_error, record_error
from idp.journal.record import record
from idp.kit import clock


def test_a_report_is_found_by_its_id_and_dropped_after_a_week(db: Session) -> None:
    with clock.shifted(-KEPT_FOR - timedelta(minutes=1)):
        record_error(db, error_id="OLD2-2222", kind="page", detail={"status": 400})
    record_error(db, error_id="NEW2-2222", kind="page", detail={"status": 400})
    assert find_error(db, error_id="OLD2-2222")
    assert drop_expired_errors(db, limit=10) == 1
    db.expire_all()
    assert find_error(db, error_id="OLD2-2222") is None
    found = find_error(db, error_id="NEW2-2222")
    assert found is not None
    assert (found.kind, found.detail) == ("page", {"status": 400})


def test_an_error_of_a_known_party_is_found_in_the_journal(db: Session) -> None:
    record(db, event="signin.refused", error_id="JRN2-2222", reason="access_denied", data={"a": 1})
    found = find_error(db, error_id="JRN2-2222")
    assert found is not None
    assert (found.kind, found.detail) == ("signin.refused", {"reason": "access_denied", "a": 1})
    assert find_error(db, error_id="NONE-2222") is None
