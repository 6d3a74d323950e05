"""How surely services know the person: the level they can reach, and what would raise it."""

from collections.abc import Collection

from starlette.requests import Request

from idp.account.part import AccountPart
from idp.assurance.evidence import authentication_of
from idp.assurance.levels import reached_levels
from idp.factors.credentials import Credentials
from idp.factors.kinds import kinds_beyond, usable
from idp.factors.own_passkeys import HardwareKey, strongest_of
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.sessions.lookup import CurrentSession


@immutable
class OwnLevel:
    """The highest acr the person can reach, and what they have and could add for it.

    `may_confirm`: something they have does not carry their proofing.
    """

    acr: str
    reached: frozenset[str]
    """Every acr they can reach."""
    proofing: int
    ways: tuple[str, ...]
    may_add: bool
    may_confirm: bool
    offers_mail: bool
    offers_post: bool

    @property
    def may_rise(self) -> bool:
        """Whether there is anything left to do."""
        return self.proofing < 2 or self.may_add or self.may_confirm


def level_of(
    request: Request,
    session: CurrentSession,
    credentials: Credentials,
    *,
    keys: Collection[HardwareKey] = (),
) -> OwnLevel:
    """That of whoever is signed in, with all that they have, among them these hardware keys."""
    part, proofing, now = AccountPart.of(request), credentials.proofing, clock.now()
    held = usable(credentials.held, part.assurance, proofing=proofing)
    confirmed = usable(credentials.confirmed(at=now), part.assurance, proofing=proofing)
    carrying = {one.id for one in credentials.factors if credentials.is_carried(one, at=now)}
    carried = [key for key in keys if key.id in carrying]
    reached = reached_levels(
        part.assurance,
        proofing=session.proofing,
        authentication=max(authentication_of(held), strongest_of(keys)),
        confirmed=max(authentication_of(confirmed), strongest_of(carried)),
    )
    return OwnLevel(
        acr=reached[-1].acr if reached else "",
        reached=frozenset(level.acr for level in reached),
        proofing=session.proofing,
        ways=tuple(kind.words for kind in held),
        may_add=bool(kinds_beyond(held)),
        may_confirm=held != confirmed,
        offers_mail=part.offers_mail,
        offers_post=part.post.is_offered,
    )
