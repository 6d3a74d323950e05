"""What factors amount to together, as a table."""

import pytest

from idp.assurance.evidence import Category, Factor, amr_of, authentication_of

KNOWN = Factor(amr=("pwd",), category=Category.KNOWLEDGE)
HAD = Factor(amr=("otp",), category=Category.POSSESSION)
HAD_TOO = Factor(amr=("sms",), category=Category.POSSESSION)
BEING = Factor(amr=("face",), category=Category.INHERENCE)
UNLOCKED = Factor(amr=("swk", "user"), category=Category.POSSESSION, alone=2)


@pytest.mark.parametrize(
    ("factors", "level", "amr"),
    [
        ((), 0, ()),
        ((KNOWN,), 1, ("pwd",)),
        ((HAD,), 1, ("otp",)),
        ((KNOWN, HAD), 2, ("pwd", "otp", "mfa")),
        ((HAD, HAD_TOO), 1, ("otp", "sms")),
        ((KNOWN, BEING), 3, ("pwd", "face", "mfa")),
        ((KNOWN, HAD, BEING), 4, ("pwd", "otp", "face", "mfa")),
        ((UNLOCKED,), 2, ("swk", "user", "mfa")),
        ((KNOWN, UNLOCKED), 2, ("pwd", "swk", "user", "mfa")),
    ],
)
def test_levels_follow_the_decree_and_mfa_needs_two_categories(
    factors: tuple[Factor, ...], level: int, amr: tuple[str, ...]
) -> None:
    assert authentication_of(factors) == level
    assert amr_of(factors) == amr
