"""D2: a receipt says until when an agreement held: withdrawn, or replaced by another purpose."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from idp.account.receipts import _replaced
from idp.consents.lookup import Receipt

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
CONSENT, OTHER = uuid4(), uuid4()


def receipt(hour: int, purpose: str, *, withdrawn: int = 0, consent: object = CONSENT) -> Receipt:
    return Receipt(
        consent_id=consent,  # type: ignore[arg-type]
        relying_party_id=uuid4(),
        agreed_at=NOON + timedelta(hours=hour),
        withdrawn_at=NOON + timedelta(hours=withdrawn) if withdrawn else None,
        evidence={"purpose_key": purpose} if purpose else {},
    )


def replaced(*receipts: Receipt) -> list[int | None]:
    found = _replaced(receipts)
    return [end and round((end - NOON) / timedelta(hours=1)) for end in found]


def test_nothing_replaces_what_is_for_the_same_withdrawn_or_not() -> None:
    assert replaced(receipt(3, "b"), receipt(1, "b")) == [None, None]
    assert replaced(receipt(3, "b", withdrawn=9), receipt(1, "b", withdrawn=9)) == [None, None]


def test_another_purpose_ends_what_was_agreed_before() -> None:
    """However often: each ends with the first agreement to something else."""
    of = (receipt(7, "b"), receipt(5, "b"), receipt(3, "a"), receipt(2, "a"), receipt(1, ""))
    assert replaced(*of) == [None, None, 5, 5, 2]
    assert replaced(receipt(5, "a"), receipt(3, "b"), receipt(1, "a")) == [None, 5, 3]


def test_another_consent_ends_nothing() -> None:
    assert replaced(receipt(5, "b"), receipt(3, "a", consent=OTHER)) == [None, None]
