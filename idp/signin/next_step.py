"""Which page comes next: pure policy over factors and proofing, nothing else.

Consent and representation are asked for by whoever opened the interaction.
"""

from enum import StrEnum

from idp.factors.kinds import PASSKEY, PASSWORD, SMS, Kind, kinds_beyond, strongest_authentication
from idp.interactions.models import Needs
from idp.kit.immutable import immutable
from idp.sessions.evidence import Shown, authentication_in, shown_since


class Step(StrEnum):
    """A step that asks for no factor, by its page's URL word; `RETURN` leads back to the opener."""

    IDENTIFIER = "identifier"
    RETURN = "return"


@immutable
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


@immutable
class SignedIn:
    """The session of the person who claims to sign in: what they have shown, and what they have.

    `held`, and whether they have just proved enough to set up more, need not be known where what
    was shown is enough; nor the `strongest` level they can show, but for a level that only some
    hardware keys reach.
    """

    proofing: int
    shown: tuple[Shown, ...]
    held: tuple[Kind, ...] = ()
    may_enrol: bool = False
    may_make_passkey: bool = False
    """Whether a browser may be asked to make one, on the way."""
    may_have_texts: bool = False
    """Whether there is a number to which codes by text message can be set up at once."""
    strongest: int = strongest_authentication()


def next_step(needs: Needs, *, has_identifier: bool, signed_in: SignedIn | None) -> Next:
    """The page that brings the person nearer to what is needed.

    Missing proofing cannot be made up for here: the opener says what follows from it, before a
    second factor is asked for that might be of no use.
    """
    first = Next((PASSWORD.page,), (PASSWORD,))
    if signed_in is None:
        return first if has_identifier else Next((Step.IDENTIFIER,))
    shown = shown_since(signed_in.shown, needs.authenticate_after)
    if not shown:
        return first
    if signed_in.proofing < needs.proofing:
        return Next((Step.RETURN,))
    reached = authentication_in(shown)
    if reached >= min(needs.authentication, signed_in.strongest):
        return Next((Step.RETURN,))
    if reached >= strongest_authentication():
        return Next((PASSKEY.page,), (PASSKEY,))  # a hardware key of theirs
    return _further(signed_in, tuple(one.kind for one in shown)) or first


def _further(signed_in: SignedIn, shown: tuple[Kind, ...]) -> Next | None:
    """One more factor: one that the person has, else one to set up, if they just proved enough.

    To set up, a passkey is last: a page that needs no script comes first, and leads to its own.
    """
    useful = kinds_beyond(shown)
    held = tuple(kind for kind in useful if kind in signed_in.held)
    if held:
        return Next(tuple(kind.page for kind in held), held)
    if not signed_in.may_enrol:
        return None
    rules = {PASSKEY: signed_in.may_make_passkey, SMS: signed_in.may_have_texts}
    possible = (kind for kind in useful if kind.enrol_page and rules.get(kind, True))
    new = tuple(sorted(possible, key=lambda kind: kind is PASSKEY))
    return Next(tuple(kind.enrol_page for kind in new), new)
