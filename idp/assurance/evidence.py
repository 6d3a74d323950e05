"""What factors amount to together: a level of authentication, and the `amr` that names them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from idp.kit.immutable import immutable

STAFF_PROOFING, STAFF_AUTHENTICATION = 2, 2
"""What staff have and show for all they do here: an identity verified face to face, and two
different factors (Decree 69/2024 Art. 20) that both speak for it."""


class Category(StrEnum):
    """What a factor rests on: something one knows, something one has, something one is."""

    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"
    INHERENCE = "inherence"


@dataclass(frozen=True, kw_only=True, eq=False)
class Factor:
    """A kind of factor as far as assurance goes.

    `amr` are its values of RFC 8176. `alone` is the level it reaches by itself: higher than 1 for
    a kind that cannot be used without a factor of a second category. `speaks_for` is the highest
    proofing it carries, less than all for a restricted authenticator (SP 800-63B-4 section 3.2.9).
    """

    amr: tuple[str, ...]
    category: Category
    alone: int = 1
    speaks_for: int = 2
    is_phishing_resistant: bool = False


@immutable
class Trust:
    """How far a factor speaks for its person's proven identity: up to `proofing`, from `since` on.

    Who binds a factor says so (`accounts.changes`). A factor that does not carry the proofing is
    shown like any other, and reaches the levels that need none.
    """

    proofing: int
    since: datetime

    def carries(self, proofing: int, *, at: datetime) -> bool:
        """Whether it carries that proofing at that instant."""
        return proofing == 0 or (self.proofing >= proofing and self.since <= at)

    def at_most(self, proofing: int) -> "Trust":
        """The same, up to that proofing."""
        return Trust(min(self.proofing, proofing), self.since)

    def confirmed_from(self, proofing: int) -> datetime | None:
        """Since when, or from when on, it carries that; None where time alone does not help."""
        return self.since if self.proofing >= proofing else None


def authentication_of(factors: Collection[Factor]) -> int:
    """The level of authentication that these factors reach together (Decree 69/2024 Art. 20).

    0 none; 1 one category; 2 two without a biometric; 3 two with one; 4 all three.
    """
    categories = {factor.category for factor in factors}
    together = len(categories)
    if together > 1 and Category.INHERENCE in categories:
        together += 1
    return max([together, *(factor.alone for factor in factors)])


def amr_of(factors: Collection[Factor]) -> tuple[str, ...]:
    """The `amr` of these factors, as shown; `mfa` only when they are of different categories."""
    values = [value for factor in factors for value in factor.amr]
    if authentication_of(factors) > 1:
        values.append("mfa")
    return tuple(dict.fromkeys(values))
