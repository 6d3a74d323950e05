"""What an authorization still needs. Pure: the policy stands here, its tests are a table.

Only `decide` says that a sign-in is finished.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal
from uuid import UUID

from idp.assurance.levels import find_level, highest, is_at_least, reached_levels
from idp.authorization.outcomes import (
    DENIED,
    NOT_AGREED,
    NOT_SIGNED_IN,
    REFUSALS,
    UNMET,
    Closed,
    Consent,
    Contact,
    Finished,
    Missing,
    Outcome,
    Refuse,
    Representation,
    SignIn,
    Unmet,
)
from idp.factors.kinds import strongest_authentication
from idp.interactions.models import Needs
from idp.kit.clock import next_minute
from idp.kit.immutable import immutable
from idp.people.models import ContactKind
from idp.sessions.evidence import Shown, authentication_in, shown_since
from idp.settings.people import AssuranceLevel, AssuranceSettings
from idp.testers.admission import Trial


@immutable(kw_only=True)
class Policy:
    """What is demanded of whoever signs in."""

    minimum_acr: str
    """Essential: set by the service, or by the request."""
    acrs: tuple[str, ...] = ()
    """Named, most preferred first."""
    essential_acrs: tuple[str, ...] = ()
    """If any, one of them must be reported; the minimum is at least the lowest of them."""
    consent_scopes: frozenset[str] = frozenset()
    consent_claims: frozenset[str] = frozenset()
    """Those of the scopes, and those asked for one by one."""
    consent_resources: frozenset[str] = frozenset()
    """Other services' interfaces, beside the provider itself."""
    consent_purpose: str = ""
    """What for, as `Signed.agreed_purpose`: a consent holds for the purpose it was given for."""
    is_confirmed_each_time: bool = False
    """Whether a remembered consent is not enough: anybody might ask in the party's name."""
    needed_contacts: tuple[ContactKind, ...] = ()
    """Which the relying party cannot do without, of those that can be given here."""
    wants_organization: bool = False
    prompts: frozenset[str] = frozenset()
    max_age: timedelta | None = None
    hears_minutes: bool = False
    """Whether it may know no second: an earlier sign-in counts as if at its minute's beginning."""
    subjects: frozenset[str] | None = None
    """Whom it must be about; None for anybody."""
    trial: Trial | None = None
    """An application of the sandbox, for testers alone; None: for everybody."""


@immutable(kw_only=True)
class Signed:
    """Who is signed in, how, and what they agreed to and may do.

    `shown` are the factors of their session. Of these only the ones shown late enough count.
    What they agreed to, they did for the same organization as they act for now, or for themselves.
    """

    subject: str
    """The `sub` by which the relying party knows them."""
    proofing: int
    shown: tuple[Shown, ...]
    may_enter: bool = True
    """Whether the application is open to them: see `Policy.trial`."""
    agreed_scopes: frozenset[str] | None = None
    """None: no consent at all."""
    agreed_claims: frozenset[str] = frozenset()
    agreed_resources: frozenset[str] = frozenset()
    agreed_purpose: str = ""
    contacts: frozenset[ContactKind] = frozenset()
    """Those shown to be theirs; looked up, as `lacking`, only when one is needed."""
    lacking: Needs | None = None
    """What they must show first to give one, as for any change of an account."""
    strongest: int = strongest_authentication()
    """The level they can reach with all they have: higher than anybody's with a hardware key."""
    mandates: frozenset[UUID] = frozenset()
    """Those under which the person may act here; looked up only when an organization is wanted."""

    @cached_property
    def authentication(self) -> int:
        """The level that all shown reach."""
        return authentication_in(self.shown)

    @cached_property
    def confirmed(self) -> int:
        """The level that those reach which carry the proofing."""
        return authentication_in(self.shown, is_confirmed=True)


@immutable(kw_only=True)
class Progress:
    """What happened so far; a request that has no interaction yet has only begun."""

    begun_at: datetime
    has_chosen: bool = False
    mandate_id: UUID | None = None
    consent: Literal["allow", "deny"] | None = None
    consented_at: datetime | None = None
    unmet_was_shown: bool = False


def decide(
    policy: Policy, signed: Signed | None, progress: Progress, assurance: AssuranceSettings
) -> Outcome:
    """The next thing an authorization needs, or its end.

    With `prompt=none` (OIDC Core 3.1.2.6) it first matters whether the person agreed. Where they
    did not there is one answer, however it is asked: else a party could find out unseen who they
    are, what they may do, and when they signed in.
    """
    is_silent = "none" in policy.prompts
    if is_silent and not (signed and _has_agreed(policy, signed, progress)):
        return NOT_AGREED if signed else NOT_SIGNED_IN
    if policy.essential_acrs and not any(find_level(assurance, a) for a in policy.essential_acrs):
        return UNMET
    needed = _needed(policy, signed, progress, assurance)
    was_shown = progress.unmet_was_shown and isinstance(needed, (Unmet, Closed))
    return REFUSALS.get(type(needed), needed) if is_silent or was_shown else needed


def _needed(
    policy: Policy, signed: Signed | None, progress: Progress, assurance: AssuranceSettings
) -> Outcome:
    if progress.consent == "deny":
        return DENIED
    after = _authenticate_after(policy, progress)
    if signed is not None and after is not None:
        signed = replace(signed, shown=shown_since(signed.shown, after))
    level = _target(policy, signed, assurance)
    needs = Needs(
        acr=level.acr,
        proofing=level.proofing,
        authentication=min(level.authentication, _strongest(signed)),
        authenticate_after=after,
    )
    if signed is None:
        return SignIn(needs)
    if lacking := _authentication(policy, signed, level, needs):
        return lacking
    if asked := _answers(policy, signed, progress, needs):
        return asked
    return Finished(_reported(policy, signed, assurance), after)


def _authentication(
    policy: Policy, signed: Signed, level: AssuranceLevel, needs: Needs
) -> SignIn | Unmet | Closed | Refuse | None:
    """What is missing until the right person is signed in freshly and strongly enough."""
    if policy.subjects is not None and signed.subject not in policy.subjects:
        return NOT_SIGNED_IN
    if not signed.shown:
        return SignIn(needs)
    if not signed.may_enter:
        return Closed(needs)
    is_proven = signed.proofing >= level.proofing
    if is_proven and signed.authentication < level.authentication <= signed.strongest:
        return SignIn(needs)
    counting = signed.confirmed if level.proofing else signed.authentication
    if not is_proven or counting < level.authentication:
        return Unmet(needs)
    return None


def _answers(policy: Policy, signed: Signed, progress: Progress, needs: Needs) -> Missing | None:
    """What somebody known well enough still has to say, or to give."""
    if policy.wants_organization and _must_choose(signed, progress):
        return Representation(needs)
    if asked := _contact(policy, signed, needs):
        return asked
    return None if _has_agreed(policy, signed, progress) else Consent(needs)


def _authenticate_after(policy: Policy, progress: Progress) -> datetime | None:
    """The instant before which an authentication is too old; None when any will do."""
    if policy.prompts & {"login", "select_account"}:
        return progress.begun_at
    if policy.max_age is None:
        return None
    after = progress.begun_at - policy.max_age
    return min(next_minute(after), progress.begun_at) if policy.hears_minutes else after


def _target(policy: Policy, signed: Signed | None, assurance: AssuranceSettings) -> AssuranceLevel:
    """The level to bring the person to.

    The most preferred level named that signing in can still reach, or the service's minimum if
    that is higher. A voluntary level that cannot be reached is let go.
    """
    proofing = max(level.proofing for level in assurance.levels)
    authentication = confirmed = _strongest(signed)
    if signed is not None:
        proofing = signed.proofing
        authentication = max(authentication, signed.authentication)
        is_waited_for = signed.confirmed < signed.authentication
        confirmed = signed.confirmed if is_waited_for else authentication
    reachable = {
        level.acr
        for level in reached_levels(
            assurance, proofing=proofing, authentication=authentication, confirmed=confirmed
        )
    }
    wanted = next((acr for acr in policy.acrs if acr in reachable), policy.minimum_acr)
    acr = highest(assurance, (policy.minimum_acr, wanted))
    return find_level(assurance, acr) or assurance.levels[0]


def _strongest(signed: Signed | None) -> int:
    """What can be asked of them; of nobody yet, what everybody can have."""
    return signed.strongest if signed is not None else strongest_authentication()


def _must_choose(signed: Signed, progress: Progress) -> bool:
    """Nobody is asked who can only act for themselves; a choice that lapsed is asked again."""
    if not progress.has_chosen:
        return bool(signed.mandates)
    chosen = progress.mandate_id
    return chosen is not None and chosen not in signed.mandates


def _contact(policy: Policy, signed: Signed, needs: Needs) -> SignIn | Contact | None:
    """The first contact they have to give; a sign-in before it, where that would be of use."""
    missing = [kind for kind in policy.needed_contacts if kind not in signed.contacts]
    if not missing:
        return None
    lacking = signed.lacking
    if lacking is None or "none" in policy.prompts:
        return Contact(needs, missing[0])
    instants = [at for at in (needs.authenticate_after, lacking.authenticate_after) if at]
    return SignIn(
        replace(
            needs,
            authentication=max(needs.authentication, lacking.authentication),
            authenticate_after=max(instants, default=None),
        )
    )


def _has_agreed(policy: Policy, signed: Signed, progress: Progress) -> bool:
    if "consent" in policy.prompts or policy.is_confirmed_each_time:
        agreed_at = progress.consented_at
        if progress.consent != "allow" or agreed_at is None or agreed_at < progress.begun_at:
            return False
    return (
        signed.agreed_scopes is not None
        and policy.consent_purpose == signed.agreed_purpose
        and policy.consent_scopes <= signed.agreed_scopes
        and policy.consent_claims <= signed.agreed_claims
        and policy.consent_resources <= signed.agreed_resources
    )


def _reported(policy: Policy, signed: Signed, assurance: AssuranceSettings) -> str:
    """The highest level reached; if levels were named, the highest of those that is reached.

    Of essential ones in any case; of voluntary ones only if it is not less than the minimum.
    """
    levels = reached_levels(
        assurance,
        proofing=signed.proofing,
        authentication=signed.authentication,
        confirmed=signed.confirmed,
    )
    reached = [level.acr for level in levels]
    if policy.essential_acrs:
        return [acr for acr in reached if acr in policy.essential_acrs][-1]
    named = [acr for acr in reached if acr in policy.acrs]
    if named and is_at_least(assurance, named[-1], policy.minimum_acr):
        return named[-1]
    return reached[-1]
