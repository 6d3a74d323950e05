"""Thirty months of sign-ins, begun and ended, as rows of the journal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any
from uuid import UUID

from idp.catalogue.models import Tier
from idp.demo.accounts import Account, Company, Habit
from idp.demo.calendar import Calendar
from idp.demo.country import Country, Offer, Outlet
from idp.demo.means import is_old, means
from idp.demo.stories import STALLED, has_stalled_at
from idp.journal.models import Outcome
from idp.journal.record import entry
from idp.kit import clock
from idp.places.load import MERGER

_ACRS = ("LoA1", "LoA2", "LoA3")
_SUCCESS, _REFUSED = 0.905, 0.04
_UNMET = "unmet_authentication_requirements"
_REASONS = ("access_denied", "too_many_failures")
_TRIES_IN_VAIN = 0.12
"""Who cannot reach the level of a service seldom tries again."""
_RATES = (0.6, 1.1, 1.9, 3.0, 5.2, 9.0)
_RATE_WEIGHTS = (22, 26, 22, 16, 10, 4)
_COMPANY_RATE = 2.5
_CENTRAL_SHARE = 0.55
_ONE_FACTOR_SHARE = 0.3
_FULL_MEMBER = 2
_GO_ON = 0.1


@dataclass(frozen=True, slots=True)
class SignIn:
    """One row to be; kept small, for there are hundreds of thousands."""

    at: datetime
    outcome: Outcome
    acr: str | None
    reason: str | None
    subject_number: int | None
    organization_number: int | None
    relying_party_id: UUID
    service_id: UUID
    agency_id: UUID
    tier: Tier
    is_old: bool


class History:
    """Draws who signed in where, when, and how it ended."""

    def __init__(self, random: Random, country: Country, calendar: Calendar) -> None:
        self._random = random
        self._calendar = calendar
        self._central = _Market(country.central)
        self._local = _Market(country.local)
        self._merged_at = datetime(MERGER.year, MERGER.month, MERGER.day, tzinfo=calendar.zone)

    def of_accounts(self, accounts: Sequence[Account]) -> Iterator[SignIn]:
        """What people did for themselves."""
        for account in accounts:
            if account.habit is Habit.NONE:
                continue
            rate = self._random.choices(_RATES, _RATE_WEIGHTS)[0]
            yield from self._series(account, account.registered_at, account.habit, rate, None)

    def of_companies(self, companies: Sequence[Company]) -> Iterator[SignIn]:
        """What representatives did for their organizations."""
        for company in companies:
            if company.habit is not Habit.NONE:
                yield from self._series(
                    company.representative,
                    company.since,
                    company.habit,
                    _COMPANY_RATE,
                    company.organization_number,
                )

    def _series(
        self,
        account: Account,
        since: datetime,
        habit: Habit,
        rate: float,
        organization_number: int | None,
    ) -> Iterator[SignIn]:
        """At least one success at each kind of service; for `BOTH` that makes a user of both."""
        days = self._calendar.days_left(since)
        least = _FULL_MEMBER if habit is Habit.BOTH else 1
        count = max(round(rate * days / 30 * self._random.uniform(0.6, 1.4)), least)
        if days < 1:
            return
        for number in range(count):
            is_central = habit is Habit.CENTRAL or (
                habit is Habit.BOTH
                and (
                    number == 0 if number < _FULL_MEMBER else self._random.random() < _CENTRAL_SHARE
                )
            )
            at = self._calendar.instant_after(
                self._random, self._begin(account, since, number, least)
            )
            if self._stays_away(account, at):
                continue
            sign_in = self._sign_in(
                account, at, organization_number, is_central=is_central, must_succeed=number < least
            )
            if sign_in.reason != _UNMET or self._random.random() < _TRIES_IN_VAIN:
                yield sign_in

    def _stays_away(self, account: Account, at: datetime) -> bool:
        """Whether their province has stalled by then; a few go on."""
        if account.new_province_code != STALLED or at < has_stalled_at(self._calendar):
            return False
        return self._random.random() > _GO_ON

    def _begin(self, account: Account, since: datetime, number: int, least: int) -> datetime:
        """The sign-ins that make somebody a user of both fall into the last year."""
        if account.new_province_code == STALLED:
            return since
        recent = self._calendar.ends_at - timedelta(days=300)
        return max(since, recent) if number < least else since

    def _sign_in(
        self,
        account: Account,
        at: datetime,
        organization_number: int | None,
        *,
        is_central: bool,
        must_succeed: bool,
    ) -> SignIn:
        random = self._random
        market = self._central if is_central else self._local
        outlet = market.pick(random, at, None if is_central else account.new_province_code)
        reachable = min(account.proofing_at(at), 2 if account.has_factor else 0)
        offers = [o for o in outlet.offers if _ACRS.index(o.required_acr) <= reachable]
        offer = random.choice(offers or outlet.offers)
        outcome, reason = self._outcome(is_able=bool(offers), must_succeed=must_succeed)
        acr = None
        if outcome is Outcome.SUCCESS:
            is_weak = offer.required_acr == "LoA1" and random.random() < _ONE_FACTOR_SHARE
            acr = "LoA1" if is_weak and not must_succeed else _ACRS[reachable]
        is_known = outcome is not Outcome.ABANDONED or random.random() < 0.5
        return SignIn(
            at=at,
            outcome=outcome,
            acr=acr,
            reason=reason,
            subject_number=account.subject_number if is_known else None,
            organization_number=organization_number if outcome is Outcome.SUCCESS else None,
            relying_party_id=outlet.relying_party_id,
            service_id=offer.service_id,
            agency_id=self._owner(outlet, offer, account, at),
            tier=offer.tier,
            is_old=is_old(account.age),
        )

    def _outcome(self, *, is_able: bool, must_succeed: bool) -> tuple[Outcome, str | None]:
        if not is_able:
            return Outcome.REFUSED, _UNMET
        dice = self._random.random()
        if must_succeed or dice < _SUCCESS:
            return Outcome.SUCCESS, None
        if dice < _SUCCESS + _REFUSED:
            return Outcome.REFUSED, _REASONS[dice < _SUCCESS + _REFUSED / 2]
        return Outcome.ABANDONED, None

    def _owner(self, outlet: Outlet, offer: Offer, account: Account, at: datetime) -> UUID:
        """The agency that owned the service that day: another one before the merger."""
        if at >= self._merged_at or offer.tier is Tier.CENTRAL:
            return offer.agency_id
        before = outlet.agency_before_merger
        return before.get(account.province_code) or next(iter(before.values()), offer.agency_id)


class _Market:
    """The portals of one tier; some draw more people than others."""

    def __init__(self, outlets: Sequence[Outlet]) -> None:
        self._outlets = outlets
        self._weights = list(accumulate(1 + (n * 7) % 5 for n in range(len(outlets))))
        self._homes = {o.place_code: o for o in outlets if o.place_code}
        self._first = [o for o in outlets if o.live_on == min(x.live_on for x in outlets)]

    def pick(self, random: Random, at: datetime, place_code: str | None) -> Outlet:
        """The home province's portal, or any; one that was live by then."""
        home = self._homes.get(place_code or "")
        outlet = home or random.choices(self._outlets, cum_weights=self._weights)[0]
        return outlet if outlet.live_on <= clock.day_of(at) else random.choice(self._first)


def journal_rows(random: Random, sign_ins: Sequence[SignIn]) -> Iterator[dict[str, Any]]:
    """The rows, in the order given; each sign-in has an id of its own."""
    events = {
        Outcome.SUCCESS: "signin.succeeded",
        Outcome.REFUSED: "signin.refused",
        Outcome.ABANDONED: "signin.abandoned",
    }
    for number, sign_in in enumerate(sign_ins):
        yield entry(
            event=events[sign_in.outcome],
            at=sign_in.at.astimezone(UTC),
            sign_in_id=UUID(int=random.getrandbits(128), version=4),
            outcome=sign_in.outcome,
            reason=sign_in.reason,
            acr=sign_in.acr,
            subject_number=sign_in.subject_number,
            organization_number=sign_in.organization_number,
            relying_party_id=sign_in.relying_party_id,
            service_id=sign_in.service_id,
            agency_id=sign_in.agency_id,
            tier=sign_in.tier.value,
            data=means(number, is_old=sign_in.is_old, outcome=sign_in.outcome, acr=sign_in.acr),
        )
