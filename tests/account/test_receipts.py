"""D2: a receipt says until when an agreement held: withdrawn, or replaced by another purpose."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from idp.account.receipts import _ends
from idp.consents.lookup import Receipt

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
CONSENT, OTHER = uuid4(), uuid4()


def receipt(
    hour: int, purpose: str, *, now: str = "b", withdrawn: int = 0, consent: object = CONSENT
) -> Receipt:
    return Receipt(
        consent_id=consent,  # type: ignore[arg-type]
        relying_party_id=uuid4(),
        purpose_key=now,
        agreed_at=NOON + timedelta(hours=hour),
        withdrawn_at=NOON + timedelta(hours=withdrawn) if withdrawn else None,
        evidence={"purpose_key": purpose} if purpose else {},
    )


def ends(*receipts: Receipt) -> list[int | None]:
    found = _ends(receipts)
    return [end and round((end - NOON) / timedelta(hours=1)) for end in found]


def test_what_holds_has_no_end_and_what_was_withdrawn_ends_then() -> None:
    assert ends(receipt(3, "b"), receipt(1, "b")) == [None, None]
    assert ends(receipt(3, "b", withdrawn=9), receipt(1, "b", withdrawn=9)) == [9, 9]


def test_another_purpose_ends_what_was_agreed_before() -> None:
    """However often: each ends with the first agreement to something else."""
    found = ends(receipt(7, "b"), receipt(5, "b"), receipt(3, "a"), receipt(2, "a"), receipt(1, ""))
    assert found == [None, None, 5, 5, 2]
    assert [r.is_replaced for r in (receipt(5, "b"), receipt(3, "a"))] == [False, True]


def test_another_consent_ends_nothing() -> None:
    assert ends(receipt(5, "b"), receipt(3, "a", now="a", consent=OTHER)) == [None, None]
