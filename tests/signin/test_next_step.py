"""The policy over factors, as a table."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.interactions.opening import Needs
from idp.signin.next_step import SignedIn, Step, next_step

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def signed(*, proofing: int = 2, authentication: int = 1, has_totp: bool = True) -> SignedIn:
    return SignedIn(proofing, authentication, NOW, has_totp)


@pytest.mark.parametrize(
    ("needs", "has_identifier", "signed_in", "step"),
    [
        (Needs(), False, None, Step.IDENTIFIER),
        (Needs(), True, None, Step.PASSWORD),
        (Needs(), True, signed(), Step.RETURN),
        (Needs(authentication=2), True, signed(), Step.OTP),
        (Needs(authentication=2), True, signed(has_totp=False), Step.ENROL),
        (Needs(authentication=2), True, signed(authentication=2), Step.RETURN),
        (Needs(authentication=4), True, signed(authentication=2), Step.RETURN),
        (Needs(authenticate_after=LATER), True, signed(authentication=2), Step.PASSWORD),
        (Needs(authenticate_after=NOW), True, signed(), Step.RETURN),
        (Needs(proofing=2, authentication=2), True, signed(proofing=1), Step.RETURN),
        (Needs(proofing=2, authentication=2), True, signed(), Step.OTP),
    ],
)
def test_next_step(
    needs: Needs, has_identifier: bool, signed_in: SignedIn | None, step: Step
) -> None:
    assert next_step(needs, has_identifier=has_identifier, signed_in=signed_in) is step
