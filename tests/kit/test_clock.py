"""The country's day begins at its own midnight."""

from datetime import UTC, datetime

from idp.kit import clock


def test_today_is_the_countrys_day() -> None:
    evening = datetime(2026, 3, 31, 18, tzinfo=UTC)
    with clock.shifted(evening - datetime.now(UTC)):
        assert clock.today("Asia/Ho_Chi_Minh").isoformat() == "2026-04-01"
        assert clock.today("UTC").isoformat() == "2026-03-31"
