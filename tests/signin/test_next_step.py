"""The policy over factors, as a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest

from idp.assurance.evidence import Category
from idp.factors import kinds
from idp.factors.kinds import PASSKEY, PASSWORD, TOTP, Kind
from idp.interactions.models import Needs
from idp.sessions.evidence import Shown
from idp.signin.next_step import Next, SignedIn, Step, next_step

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
ONE, BOTH = (PASSWORD,), (PASSWORD, TOTP)
BACK = Next((Step.RETURN,))
ASK_PASSWORD, ASK_CODE = Next(("password",), (PASSWORD,)), Next(("otp",), (TOTP,))
ASK_KEY = Next(("passkey",), (PASSKEY,))
ENROL = Next(("enrol",), (TOTP,))
STEP_UP = Needs(authentication=2, authenticate_after=LATER)


def signed(
    *,
    proofing: int = 2,
    shown: tuple[Kind, ...] = ONE,
    held: tuple[Kind, ...] = BOTH,
    may_enrol: bool = True,
    code_at: datetime = NOW,
) -> SignedIn:
    """Who showed a password now, and a code then."""
    seen = tuple(Shown(kind, code_at if kind is TOTP else NOW) for kind in shown)
    return SignedIn(proofing, seen, held, may_enrol)


@pytest.mark.parametrize(
    ("needs", "has_identifier", "signed_in", "step"),
    [
        (Needs(), False, None, Next((Step.IDENTIFIER,))),
        (Needs(), True, None, ASK_PASSWORD),
        (Needs(), True, signed(), BACK),
        (Needs(authentication=2), True, signed(), ASK_CODE),
        (Needs(authentication=2), True, signed(held=ONE), ENROL),
        (Needs(authentication=2), True, signed(held=ONE, may_enrol=False), ASK_PASSWORD),
        (Needs(authentication=2), True, signed(may_enrol=False), ASK_CODE),
        (Needs(authentication=2), True, signed(shown=BOTH), BACK),
        (Needs(authentication=4), True, signed(shown=BOTH), BACK),
        (Needs(authentication=4), True, signed(), ASK_CODE),
        (Needs(authentication=4), True, replace(signed(shown=BOTH), strongest=4), ASK_KEY),
        (Needs(authentication=4), True, replace(signed(shown=BOTH), strongest=3), ASK_KEY),
        (Needs(authentication=2), True, replace(signed(shown=BOTH), strongest=4), BACK),
        (Needs(authenticate_after=LATER), True, signed(shown=BOTH), ASK_PASSWORD),
        (Needs(authenticate_after=NOW), True, signed(), BACK),
        (STEP_UP, True, signed(shown=BOTH, code_at=LATER), ASK_PASSWORD),
        (replace(STEP_UP, authenticate_after=NOW), True, signed(shown=BOTH, code_at=LATER), BACK),
        (Needs(authenticate_after=LATER), True, signed(shown=BOTH, code_at=LATER), BACK),
        (Needs(proofing=2, authentication=2), True, signed(proofing=1), BACK),
        (Needs(proofing=2, authentication=2), True, signed(), ASK_CODE),
    ],
)
@pytest.mark.asvs("6.3.4")
def test_next_step(
    needs: Needs, has_identifier: bool, signed_in: SignedIn | None, step: Next
) -> None:
    assert next_step(needs, has_identifier=has_identifier, signed_in=signed_in) == step


KEY = Kind(
    name="key",
    amr=("swk",),
    category=Category.POSSESSION,
    page="key",
    enrol_page="new-key",
    title="Key",
    words="key",
    failure="key",
    failure_words="wrong key",
)


@pytest.mark.parametrize(
    ("held", "step"),
    [
        ((PASSWORD, TOTP, KEY), Next(("otp", "key"), (TOTP, KEY))),
        ((PASSWORD, KEY), Next(("key",), (KEY,))),
        ((PASSWORD,), Next(("enrol", "new-key"), (TOTP, KEY))),
    ],
)
def test_one_more_row_of_the_table_is_one_more_choice(held: tuple[Kind, ...], step: Next) -> None:
    with patch.dict(kinds.KINDS, {"key": KEY}):
        assert (
            next_step(Needs(authentication=2), has_identifier=True, signed_in=signed(held=held))
            == step
        )


def test_what_is_no_longer_offered_is_not_asked_for() -> None:
    with patch.dict(kinds.KINDS, {"totp": replace(TOTP, is_offered=False), "key": KEY}):
        step = next_step(Needs(authentication=2), has_identifier=True, signed_in=signed())
    assert step == Next(("new-key",), (KEY,))
