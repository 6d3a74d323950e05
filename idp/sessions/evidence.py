"""What a session rests on: which factors its person showed, and when."""

from datetime import datetime

from idp.factors.kinds import KINDS, Kind

Evidence = list[dict[str, str]]
"""As a session's row holds it: the `kind` of each factor shown, and `at` which instant."""


def shown_at(at: datetime, *kinds: Kind) -> Evidence:
    """What somebody proved who showed these at one instant."""
    return [{"kind": kind.name, "at": at.isoformat()} for kind in kinds]


def with_shown(evidence: Evidence, kind: Kind, *, at: datetime) -> Evidence:
    """The evidence after one more factor; an older one of its kind is gone."""
    return [shown for shown in evidence if shown["kind"] != kind.name] + shown_at(at, kind)


def kinds_of(evidence: Evidence) -> tuple[Kind, ...]:
    """The kinds of factors shown."""
    return tuple(KINDS[shown["kind"]] for shown in evidence)


def newest(evidence: Evidence) -> datetime:
    """The instant of the factor shown last."""
    return max(datetime.fromisoformat(shown["at"]) for shown in evidence)
