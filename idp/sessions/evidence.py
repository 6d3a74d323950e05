"""What a session rests on: which factors its person showed, and when.

Each has its own instant: one shown just now makes no other one newer.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from idp.assurance.evidence import Factor, Trust, authentication_of
from idp.factors.kinds import KINDS, Kind
from idp.factors.rules import FactorRules
from idp.kit.errors import DataAltered
from idp.kit.immutable import immutable

Evidence = list[dict[str, str]]
"""As a session's row holds it: the `kind` of each factor shown, `at` which instant, and its `id`.

What has no `id` is the password, or was shown when a person had one of a kind. A hardware key has
its `model` beside it, for which its maker vouched.

Beside a factor that need not speak for its person's proven identity stands its `Trust`, as it was
when it was shown: what is confirmed elsewhere meanwhile raises no session.
"""


@immutable
class Shown:
    """A factor shown; `is_confirmed` is whether it carries the proofing of its person."""

    kind: Kind
    at: datetime
    is_confirmed: bool = True
    confirmed_from: datetime | None = None
    """When it will be, if nobody objects; None where only somebody's word makes it so."""
    factor_id: UUID | None = None
    """Which one of its kind; None for all they have of it."""
    counts_as: Factor | None = None
    """Where that is another factor than its kind is."""

    @property
    def factor(self) -> Factor:
        """As what it counts."""
        return self.counts_as or self.kind


_P = ParamSpec("_P")
_R = TypeVar("_R")


def _reading(
    read: Callable[Concatenate[Evidence, _P], _R],
) -> Callable[Concatenate[Evidence, _P], _R]:
    """Raise DataAltered where the evidence is nothing that was ever written."""

    @wraps(read)
    def reading(evidence: Evidence, /, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return read(evidence, *args, **kwargs)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise DataAltered("sign_in_session.evidence is not what a session holds") from error

    return reading


def shown_at(at: datetime, *kinds: Kind) -> Evidence:
    """What somebody proved who showed these at one instant, all of which carry their proofing."""
    return [{"kind": kind.name, "at": at.isoformat()} for kind in kinds]


@_reading
def with_shown(
    evidence: Evidence,
    kind: Kind,
    *,
    trust: Trust,
    factor_id: UUID,
    model: UUID | None = None,
    at: datetime,
) -> Evidence:
    """The evidence after one more factor; when it was shown before is gone."""
    same = (None, str(factor_id))
    others = [one for one in evidence if one["kind"] != kind.name or one.get("id") not in same]
    carries = {
        "id": str(factor_id),
        "carries_proofing": str(trust.proofing),
        "carries_from": trust.since.isoformat(),
    }
    of_model = {"model": str(model)} if model else {}
    return [*others, {**shown_at(at, kind)[0], **carries, **of_model}]


@_reading
def confirmed(evidence: Evidence) -> Evidence:
    """The evidence of a session in which somebody was proven with all they had shown there."""
    kept = ("kind", "at", "id", "model")
    return [{name: one[name] for name in kept if name in one} for one in evidence]


@_reading
def read_evidence(
    evidence: Evidence, *, proofing: int, at: datetime, rules: FactorRules | None = None
) -> tuple[Shown, ...]:
    """The factors shown, as they count at that instant for a person of that proofing.

    By these `rules`, what is not taken any more is none of them; without, each is as its kind.
    """
    shown = (_read(entry, proofing, at, rules) for entry in evidence)
    return tuple(one for one in shown if one is not None)


@_reading
def kinds_of(evidence: Evidence) -> tuple[Kind, ...]:
    """The kinds of factors shown."""
    return tuple(KINDS[shown["kind"]] for shown in evidence)


@_reading
def counting_since(evidence: Evidence, after: datetime) -> Evidence:
    """What of it was shown at that instant or later."""
    return [entry for entry in evidence if _instant(entry["at"]) >= after]


def shown_since(shown: Iterable[Shown], after: datetime | None) -> tuple[Shown, ...]:
    """Those shown at that instant or later; all of them when none is given."""
    return tuple(one for one in shown if after is None or one.at >= after)


def authentication_in(shown: Iterable[Shown], *, is_confirmed: bool = False) -> int:
    """The level of authentication they reach together, or those among them that are confirmed."""
    return authentication_of([one.factor for one in shown if one.is_confirmed or not is_confirmed])


def _read(
    entry: dict[str, str], proofing: int, at: datetime, rules: FactorRules | None
) -> Shown | None:
    kind, shown_at = KINDS[entry["kind"]], _instant(entry["at"])
    factor_id = UUID(entry["id"]) if "id" in entry else None
    factor: Factor | None = kind
    if rules is not None:
        model = UUID(entry["model"]) if "model" in entry else None
        factor = rules.counted(kind, model=model, age=at - shown_at)
    if factor is None:
        return None
    shown = Shown(kind, shown_at, factor_id=factor_id, counts_as=None if factor is kind else factor)
    if "carries_from" not in entry:
        return shown
    trust = Trust(int(entry["carries_proofing"]), _instant(entry["carries_from"]))
    if trust.carries(proofing, at=at):
        return shown
    return replace(shown, is_confirmed=False, confirmed_from=trust.confirmed_from(proofing))


def _instant(text: str) -> datetime:
    """Raises ValueError for one without its zone, too: it compares with no other."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("no zone")
    return instant
