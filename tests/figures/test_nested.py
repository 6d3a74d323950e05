"""No figure of the nation less another tells of a few: a reader with all of them tries."""

from collections.abc import Mapping
from datetime import date
from random import Random
from uuid import UUID

import pytest

from idp.figures.disclosure import FEWEST
from idp.figures.nested import changed_by_few, list_differences, starred_nation
from idp.figures.partitions import COMPANIES, PEOPLE, FigureOf, starred_figures
from idp.figures.sets import AT_DAY, PERSON
from idp.figures.slice_rows import WINDOWS, Dimension
from idp.organizations.models import OrganizationKind
from idp.places.crosswalk import Crosswalk
from tests.figures.micro import Micro
from tests.support.recovering import Reader

DAY = date(2026, 10, 31)
AGENCIES = [UUID(int=n) for n in range(1, 7)]


def nation(seed: int, people: int = 700) -> Mapping[FigureOf, int]:
    """Every figure of a country without places."""
    world = Micro(Random(seed), Crosswalk({}, {}), [""], AGENCIES)
    world.settle(people, companies=150)
    return of_country(world)


def of_country(world: Micro) -> dict[FigureOf, int]:
    rows = world.rows(DAY, everyone={"": 3 * len(world.people)})
    return {
        (key.subject_kind, key.figure, key.window_name): value
        for key, value in rows.items()
        if key.dimension == Dimension.COUNTRY
    }


def named(key: FigureOf, of: str = "") -> str:
    return of + " ".join(key)


def reader_of(
    values: Mapping[FigureOf, int],
    stars: set[FigureOf],
    reader: Reader | None = None,
    *,
    of: str = "",
) -> Reader:
    """What is printed, and what everybody knows of how figures add up; `of` begins all names."""
    reader = reader or Reader()
    for key, value in values.items():
        if key in stars:
            reader.at_least({named(key, of): 1})
        else:
            reader.told({named(key, of): 1}, value)

    def add_up(whole: FigureOf, parts: list[FigureOf]) -> None:
        known = {named(part, of): 1 for part in parts if part in values}
        if whole in values:
            reader.told({named(whole, of): -1, **known}, 0)

    for kind, partition in ((PERSON, PEOPLE), *((kind, COMPANIES) for kind in OrganizationKind)):
        for window in WINDOWS:
            inner = [state for states in partition.values() for state in states]
            for figure, own in partition.items():
                at = AT_DAY if figure in {"REG", "VER1"} else window
                add_up((kind, figure, at), [(kind, s, window) for s in inner])
                inner = [state for state in inner if state not in own]
    reasons = [key for key in values if key[0] == "sign_in" and key[1].startswith("REASON")]
    ends = [("sign_in", name, "months_1") for name in ("SUCCESS", "REFUSED_LEVEL", "ABANDONED")]
    refused = ("sign_in", "REFUSED", "months_1")
    add_up(refused, reasons)
    add_up(("sign_in", "BEGUN", "months_1"), [*ends, refused])
    for window in WINDOWS:
        add_up((PERSON, "SUCCEEDED", window), [(PERSON, "PART", window)])
    for number, each in enumerate(list_differences()):
        signs = {named(key, of): sign for key, sign in each.of.items() if key in values}
        reader.derive(f"{of}difference {number}", signs)
    return reader


def small_cells(values: Mapping[FigureOf, int]) -> dict[str, int]:
    """Every number of a few, printed or not."""
    own = {named(key): value for key, value in values.items() if 0 < value < FEWEST}
    differences = {f"difference {n}": d.value(values) for n, d in enumerate(list_differences())}
    return own | {name: value for name, value in differences.items() if 0 < value < FEWEST}


def recovered(values: Mapping[FigureOf, int], stars: set[FigureOf]) -> list[str]:
    """The cells of 1 to 9 of which a reader knows better than that."""
    reader = reader_of(values, stars)
    truth = {named(key): value for key, value in values.items()}
    truth |= {f"difference {n}": d.value(values) for n, d in enumerate(list_differences())}
    known = reader.known()
    return [
        name
        for name in small_cells(values)
        if not all(reader.allows(name, end, like=truth, known=known) for end in (1, FEWEST - 1))
    ]


def few(values: Mapping[FigureOf, int]) -> set[FigureOf]:
    return {
        key
        for key, value in values.items()
        if value < FEWEST and key[0] not in {"system", "answer"}
    }


@pytest.mark.parametrize("seed", [0, 1, 4])
def test_no_number_of_a_few_is_recovered_from_the_nations_figures(seed: int) -> None:
    values = nation(seed)
    assert len(small_cells(values)) > 20
    assert recovered(values, starred_nation(values)) == []


@pytest.mark.parametrize("seed", range(2))
def test_without_the_rules_they_are(seed: int) -> None:
    """The control: few alone are starred; then sums are looked after as well, differences not."""
    values = nation(seed)
    assert len(recovered(values, few(values))) > 5
    assert recovered(values, few(values) | starred_figures(values))


@pytest.mark.parametrize("people", [3, 40])
def test_two_versions_side_by_side_do_not_tell_whom_a_revision_found(people: int) -> None:
    """What the older version still tells is the same in both, or changed by ten and more."""
    world = Micro(Random(people), Crosswalk({}, {}), [""], AGENCIES)
    world.settle(2_000, companies=0)
    before = of_country(world)
    world.change(people)
    now = of_country(world)
    changed = {key for key in {*before, *now} if before.get(key, 0) != now.get(key, 0)}
    few_changed = {k for k in changed if abs(now.get(k, 0) - before.get(k, 0)) < FEWEST}
    unsaid = changed_by_few(before, now)
    assert few_changed, "the control: subtracted, they tell of a few"
    assert unsaid >= few_changed
    told = {key for key in changed - unsaid if key[0] == PERSON}
    assert not told
    assert not changed_by_few(now, now)
