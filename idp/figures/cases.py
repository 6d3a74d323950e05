"""What became of those whom a lever reached months ago: a month's own past cases. Pure."""

from collections.abc import Iterator

from pyroaring import BitMap

from idp.figures.action_rows import DONE, REACHED, Of, Unit
from idp.figures.ground import CASE, IN_USE, LAPSE, Ground
from idp.figures.sets import PERSON
from idp.figures.slice_rows import ActionKey, Dimension, State
from idp.organizations.models import OrganizationKind

_COUNTRY = (Dimension.COUNTRY, "")


def own_cases(ground: Ground) -> Iterator[tuple[ActionKey, int]]:
    """Each as two rows: reached then, and of them those that use both tiers now."""
    now, then, before = (ground.stood[ago] for ago in (0, CASE, CASE + 1))
    for reason, reached in ground.failed_then().items():
        yield from _case(*_COUNTRY, f"{Of.FAILURES} {reason}", reached, now.both)
    newly = then.proven - before.proven
    for place, residents in ground.homes.items():
        yield from _case(Dimension.PLACE, place, Of.DESKS, newly & residents, now.both)
    lapsed = ground.stood[CASE + LAPSE].both - then.both
    yield from _case(*_COUNTRY, Of.LAPSED, lapsed, now.both)
    appointed = then.represented - before.represented
    yield from _case(
        *_COUNTRY,
        Of.REPRESENTATION,
        appointed,
        now.enterprises_both,
        kind=OrganizationKind.ENTERPRISE,
    )
    for service, unit in ground.connected().items():
        one_sided = lacking(ground, unit, ago=IN_USE)
        came = ground.used[service] & now.both
        lever = f"{Of.CONNECT} {unit.tier}"
        yield from _case(Dimension.SERVICE, service, lever, one_sided, came)


def lacking(ground: Ground, unit: Unit, *, ago: int = 0) -> BitMap:
    """Those who use the other tier alone; of a province its residents."""
    states = ground.stood[ago].states
    if unit.tier == "central":
        return states[State.LOCAL]
    return states[State.CENTRAL] & ground.homes.get(unit.code, BitMap())


def _case(
    dimension: str, code: str, lever: str, reached: BitMap, done: BitMap, *, kind: str = PERSON
) -> Iterator[tuple[ActionKey, int]]:
    if reached:
        yield ActionKey(dimension, code, kind, lever, REACHED), len(reached)
        yield ActionKey(dimension, code, kind, lever, DONE), len(reached & done)
