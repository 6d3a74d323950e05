"""Sign-ins of agencies and services by how they ended: what sums would tell of is starred. Pure.

Those of an agency add up to its own, which is printed rounded; those of all agencies that end alike
to the nation's, which is exact; those of services to their agency's.
"""

from collections.abc import Collection, Mapping, Sequence

from idp.figures.disclosure import Place, starred_in_lines
from idp.figures.frozen import Outcomes

ENDS = ("success", "refused_level", "refused", "abandoned")
BEGUN = "begun"
_OF_SERVICES = (BEGUN, "success")
"""What is printed of a service."""
Hidden = Mapping[str, frozenset[str]]
"""Id → which of its counts are starred: of `Outcomes`."""


def hidden_of_agencies(agencies: Mapping[str, Outcomes]) -> Hidden:
    """Of all agencies of a month, by id; none but them stands in the sums."""
    ended = {code: outcomes for code, outcomes in agencies.items() if code}
    lines = [[(code, name) for name in ENDS] for code in ended]
    lines += [[(code, name) for code in ended] for name in (BEGUN, *ENDS)]
    return _hidden(ended, (BEGUN, *ENDS), lines)


def hidden_of_services(services: Mapping[str, Outcomes]) -> Hidden:
    """Of all services of one agency, by id; none of another stands in its sums."""
    lines = [[(code, name) for code in services] for name in _OF_SERVICES]
    return _hidden(services, _OF_SERVICES, lines)


def _hidden(
    ended: Mapping[str, Outcomes],
    names: Collection[str],
    lines: Collection[Sequence[Place]],
) -> Hidden:
    counts = {(code, name): getattr(of, name) for code, of in ended.items() for name in names}
    stars = starred_in_lines(counts, lines)
    return {code: frozenset(n for n in names if (code, n) in stars) for code in ended}
