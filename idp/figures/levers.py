"""What could move a month's figure, as rows: levers, the best five, each subset of them. Pure."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from statistics import median

from pyroaring import BitMap

from idp.figures.action_rows import (
    ABOUT,
    ADDS,
    AT_MOST,
    CASES,
    CHANGE,
    HIGH,
    LOW,
    NOBODY,
    RANK,
    TOGETHER,
    WAS,
    Cases,
    Of,
    pool_of,
)
from idp.figures.cases import lacking
from idp.figures.ground import DEPTH, LAPSE, Ground
from idp.figures.sets import AT_DAY, MONTHS, PERSON
from idp.figures.slice_rows import ActionKey, Dimension, SliceKey, Slices, State
from idp.figures.what_if import (
    Gain,
    Lever,
    People,
    best_actions,
    change,
    gain,
    observed,
    to_the_median,
    together,
)
from idp.organizations.models import OrganizationKind

Row = tuple[ActionKey, int]


def lever_rows(ground: Ground, cases: Cases) -> Iterator[Row]:
    """Every lever, those of the country first; the best of them; what any of these do together."""
    people = ground.stood[0].people
    whole = dict(_levers(cases, _of_country(ground)))
    for key, lever in (whole | dict(_levers(cases, _of_places(ground)))).items():
        yield from _gain_rows(key, gain(lever, people), len(cases.get(pool_of(key), [])))
    key_of = {lever.id: key for key, lever in whole.items()}
    best = best_actions(whole.values(), people)
    for rank, (lever, adds) in enumerate(best, start=1):
        yield key_of[lever.id]._replace(figure=RANK), rank
        yield key_of[lever.id]._replace(figure=ADDS), adds
    yield from _subsets([lever for lever, _ in best], people)
    yield from _of_enterprises(ground, cases)


def median_rows(slices: Slices) -> Iterator[Row]:
    """L2: what each province lacks to the median of their rates; arithmetic alone."""
    rates: dict[str, tuple[int, int]] = {}
    for key, everyone in slices.items():
        if key == SliceKey(Dimension.PLACE, key.code, PERSON, "POP", AT_DAY) and everyone:
            used = SliceKey(Dimension.PLACE, key.code, PERSON, "UNI_USED", MONTHS)
            rates[key.code] = slices.get(used, 0), everyone
    if not rates:
        return
    middle = median(Fraction(used, everyone) for used, everyone in rates.values())
    for code, rate in rates.items():
        lacks = to_the_median(*rate, middle)
        yield ActionKey(Dimension.PLACE, code, PERSON, Of.MEDIAN, ABOUT), lacks


def moved_rows(ground: Ground) -> Iterator[Row]:
    """Who stood where a month ago and stands where now; and the change of UNI-used in parts."""
    now, before = ground.stood[0], ground.stood[1]
    ever = BitMap.union(*(ground.stood[ago].both for ago in range(2, DEPTH + 1)))
    closed = before.live - now.live
    for part, size in change(before.people, now.people, closed=closed, ever=ever).items():
        yield ActionKey(Dimension.COUNTRY, "", PERSON, CHANGE, part.upper()), size
    was = {**{str(s): m for s, m in before.states.items()}, NOBODY: now.live - before.live}
    are = {**{str(s): m for s, m in now.states.items()}, NOBODY: closed}
    for then, some in was.items():
        for state, members in are.items():
            if size := some.intersection_cardinality(members):
                yield ActionKey(Dimension.COUNTRY, "", PERSON, f"{WAS} {then}", state), size


def _of_country(ground: Ground) -> Iterator[tuple[ActionKey, BitMap | None]]:
    """Each lever with whom it reaches; None: no list says."""
    stood = ground.stood[0]
    for unit in ground.offer.waiting:
        yield _key(*unit, f"{Of.CONNECT} {unit.tier}"), lacking(ground, unit)
    for system, unit in ground.offer.systems.items():
        listed = ground.lists.get(system)
        reached = None if listed is None else stood.people.completed_by(listed, tier=unit.tier)
        yield _key(Dimension.SYSTEM, system, f"{Of.CONNECT} {unit.tier}"), reached
    for reason, members in ground.failing().items():
        yield _key(Dimension.COUNTRY, "", f"{Of.FAILURES} {reason}"), members
    for place, residents in ground.homes.items():
        desks = stood.states[State.NOT_PROVEN] & residents
        yield _key(Dimension.PLACE, place, Of.DESKS), desks
    yield _key(Dimension.COUNTRY, "", Of.LAPSED), _lapsed(ground)


def _of_places(ground: Ground) -> Iterator[tuple[ActionKey, BitMap | None]]:
    """What of the country's levers a province could do by itself, for its residents."""
    failing, lapsed = ground.failing(), _lapsed(ground)
    for place, residents in ground.homes.items():
        for reason, members in failing.items():
            if some := members & residents:
                yield _key(Dimension.PLACE, place, f"{Of.FAILURES} {reason}"), some
        if some := lapsed & residents:
            yield _key(Dimension.PLACE, place, Of.LAPSED), some


def _lapsed(ground: Ground) -> BitMap:
    now = ground.stood[0]
    return (ground.stood[LAPSE].both & now.live) - now.both


def _levers(
    cases: Cases, found: Iterator[tuple[ActionKey, BitMap | None]]
) -> Iterator[tuple[ActionKey, Lever]]:
    for key, reaches in found:
        name = "|".join((key.lever, key.dimension, key.code))
        yield key, Lever(name, reaches, observed(cases.get(pool_of(key), [])))


def _subsets(best: Sequence[Lever], people: People) -> Iterator[Row]:
    """Each choice of the best by their ranks: `TOGETHER 1 3`."""
    for count in range(1, len(best) + 1):
        for ranks in combinations(range(1, len(best) + 1), count):
            found = together([best[rank - 1] for rank in ranks], people)
            name = f"{TOGETHER} {' '.join(map(str, ranks))}"
            yield from _gain_rows(_key(Dimension.COUNTRY, "", name), found)


def _of_enterprises(ground: Ground, cases: Cases) -> Iterator[Row]:
    """L6: enterprises in the register for which no proven legal representative acts."""
    now = ground.stood[0]
    alone = now.enterprises - now.represented - now.enterprises_both
    everyone = People(proven=now.enterprises, central=BitMap(), local=BitMap())
    key = ActionKey(Dimension.COUNTRY, "", OrganizationKind.ENTERPRISE, Of.REPRESENTATION, "")
    known = cases.get(pool_of(key), [])
    lever = Lever(Of.REPRESENTATION, alone, observed(known))
    yield from _gain_rows(key, gain(lever, everyone), len(known))


def _gain_rows(key: ActionKey, found: Gain, cases: int | None = None) -> Iterator[Row]:
    if cases is not None:
        yield key._replace(figure=CASES), cases
    for figure, size in (
        (AT_MOST, found.at_most),
        (LOW, found.low),
        (ABOUT, found.about),
        (HIGH, found.high),
    ):
        if size is not None:
            yield key._replace(figure=figure), size


def _key(dimension: str, code: str, lever: str) -> ActionKey:
    return ActionKey(dimension, code, PERSON, lever, "")
