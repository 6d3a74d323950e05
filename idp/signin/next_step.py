"""Which page comes next: pure policy over factors and proofing, nothing else.

Consent and representation are asked for by whoever opened the interaction.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from idp.interactions.opening import Needs

ONE_FACTOR = 1
TWO_FACTORS = 2


class Step(StrEnum):
    """A page of the interaction, by its URL word; `RETURN` leads back to the opener."""

    IDENTIFIER = "identifier"
    PASSWORD = "password"
    OTP = "otp"
    ENROL = "enrol"
    RETURN = "return"


@dataclass(frozen=True)
class SignedIn:
    """The session of the person who claims to sign in."""

    proofing: int
    authentication: int
    authenticated_at: datetime
    has_totp: bool


def next_step(needs: Needs, *, has_identifier: bool, signed_in: SignedIn | None) -> Step:
    """The page that brings the person nearer to what is needed.

    Missing proofing cannot be made up for here: the opener says what follows from it, before a
    second factor is asked for that might be of no use.
    """
    if signed_in is None:
        return Step.PASSWORD if has_identifier else Step.IDENTIFIER
    if needs.authenticate_after and signed_in.authenticated_at < needs.authenticate_after:
        return Step.PASSWORD
    if signed_in.proofing < needs.proofing:
        return Step.RETURN
    if signed_in.authentication < min(needs.authentication, TWO_FACTORS):
        return Step.OTP if signed_in.has_totp else Step.ENROL
    return Step.RETURN
