"""Which page comes next: pure policy over factors and proofing, nothing else.

Consent and representation are asked for by whoever opened the interaction.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from idp.assurance.evidence import authentication_of
from idp.factors.kinds import PASSWORD, Kind, kinds_beyond, strongest_authentication
from idp.interactions.models import Needs


class Step(StrEnum):
    """A step that asks for no factor, by its page's URL word; `RETURN` leads back to the opener."""

    IDENTIFIER = "identifier"
    RETURN = "return"


@dataclass(frozen=True)
class Next:
    """What comes next: `page`, or where there is a choice, any of `pages`.

    `kinds` are the factors to choose from, the best first, each with its page; none where none is
    asked for.
    """

    pages: tuple[str, ...]
    kinds: tuple[Kind, ...] = ()

    @property
    def page(self) -> str:
        """Where to go, by its URL word."""
        return self.pages[0]


@dataclass(frozen=True)
class SignedIn:
    """The session of the person who claims to sign in: what they have shown, and what they have.

    `held` need not be known where what was shown is enough.
    """

    proofing: int
    shown: tuple[Kind, ...]
    authenticated_at: datetime
    held: tuple[Kind, ...] = ()


def next_step(needs: Needs, *, has_identifier: bool, signed_in: SignedIn | None) -> Next:
    """The page that brings the person nearer to what is needed.

    Missing proofing cannot be made up for here: the opener says what follows from it, before a
    second factor is asked for that might be of no use.
    """
    first = Next((PASSWORD.page,), (PASSWORD,))
    if signed_in is None:
        return first if has_identifier else Next((Step.IDENTIFIER,))
    if needs.authenticate_after and signed_in.authenticated_at < needs.authenticate_after:
        return first
    if signed_in.proofing < needs.proofing:
        return Next((Step.RETURN,))
    needed = min(needs.authentication, strongest_authentication())
    if authentication_of(signed_in.shown) < needed:
        return _further(signed_in)
    return Next((Step.RETURN,))


def _further(signed_in: SignedIn) -> Next:
    """One more factor: one that the person has, else one to set up."""
    useful = kinds_beyond(signed_in.shown)
    held = tuple(kind for kind in useful if kind in signed_in.held)
    if held:
        return Next(tuple(kind.page for kind in held), held)
    new = tuple(kind for kind in useful if kind.enrol_page)
    return Next(tuple(kind.enrol_page for kind in new), new)
