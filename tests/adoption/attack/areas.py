"""What is printed of provinces: open files of all versions, the ranking, and each one's page."""

import re
from collections import defaultdict
from datetime import date
from itertools import pairwise

from idp.figures.action_rows import ABOUT, Of
from idp.figures.partitions import FigureOf
from idp.figures.place_groups import GROUPS
from idp.figures.slice_rows import ActionKey, SliceKey
from idp.places.load import MERGER
from tests.adoption.attack.country import CODES, NOW
from tests.adoption.attack.known import GIVE, Known, Version, said_of

FIGURES: dict[str, FigureOf] = {
    "registered": ("person", "REG", "at_day"),
    "began": ("person", "BEGAN", "months_12"),
    "succeeded": ("person", "SUCCEEDED", "months_12"),
    "uni_used": ("person", "UNI_USED", "months_12"),
}
_GROUP = re.compile(r'<span class="group">(.*?)</span>', re.DOTALL)
_WORDS = {
    "both": "use both tiers",
    "one_tier": "one tier",
    "unsigned": "proven without a sign-in at the level",
    "not_proven": "not proven",
    "no_tier": "signed in to no known service",
}


def read_provinces(known: Known, version: Version) -> None:
    """34 and, of months before the merger, 63; the nation has those of no known place, too."""
    for table, dimension in _tables(version):
        names = defaultdict(list)
        for row in known.rows(f"/adoption/data/{version.name}/{table}.json"):
            own = []
            for column, figure in FIGURES.items():
                name = known.name(version, dimension, row["place"], figure)
                known.printed(name, row[column])
                names[column].append(name)
                own.append(name)
            for outer, inner in pairwise(own):
                known.lies_within(outer, inner)
        for column, figure in FIGURES.items():
            rest = f"{version.name} {dimension}: {column} of no known place"
            truth = version.rows.get(SliceKey(dimension, "", *figure), 0)
            known.adds_up(known.nation(version, *figure), names[column], rest=rest, of_rest=truth)

    if len(_tables(version)) > 1:
        _merged(known, version)


def _tables(version: Version) -> list[tuple[str, str]]:
    """Open files, and the dimension of each."""
    then = (
        [("provinces_then", "place_then")]
        if date.fromisoformat(f"{version.month}-28") < MERGER
        else []
    )
    return [("provinces", "place"), *then]


def _merged(known: Known, version: Version) -> None:
    """Those before the merger are parts of those of today."""
    for figure in FIGURES.values():
        for place in {*NOW.values()}:
            parts = [
                known.name(version, "place_then", code, figure)
                for code in CODES
                if NOW[code] == place
            ]
            known.adds_up(known.name(version, "place", place, figure), parts)


def read_ranking(known: Known, version: Version) -> None:
    """The page's files; the order changes nothing that is told."""
    used = FIGURES["uni_used"]
    for table, dimension in _tables(version):
        then = "&provinces=63" if table == "provinces_then" else ""
        for row in known.rows(f"/adoption/places.json?month={version.month}{then}"):
            known.printed(known.name(version, dimension, row["place"], used), row["uni_used"])


def of_group(known: Known, version: Version, code: str, group: str) -> str:
    """How many of a province stand in a group of the funnel."""
    truth = sum(
        version.rows.get(SliceKey("place", code, "person", state, "months_12"), 0)
        for state in GROUPS[group]
    )
    return known.cell(f"{version.name} place:{code} {group}", truth)


def read_places(known: Known, version: Version) -> None:
    """The funnel of each that has people."""
    for code in {*NOW.values()}:
        page = known.page(f"/adoption/places/{code}?month={version.month}")
        said = [re.sub(r"<.*?>", "", each).strip(" ,.\n") for each in _GROUP.findall(page)]
        names = {group: of_group(known, version, code, group) for group in GROUPS}
        for group, words in _WORDS.items():
            count = said_of(said, words)
            if group == "no_tier" and count == 0:
                known.reader.told({names[group]: 1}, 0)
            else:
                known.printed(names[group], count)
        registered = known.name(version, "place", code, FIGURES["registered"])
        used = known.name(version, "place", code, FIGURES["uni_used"])
        known.adds_up(registered, names.values())
        known.adds_up(used, [names["both"]])
        lacks = re.search(r"([\d,]+) (?:person is|people are) missing to the median", page)
        if lacks:
            _to_median(known, version, code, int(lacks[1].replace(",", "")))
    for group, states in GROUPS.items():
        parts = [of_group(known, version, code, group) for code in {*NOW.values()}]
        whole = known.cell(
            f"{version.name} {group}",
            sum(
                version.rows.get(SliceKey("country", "", "person", state, "months_12"), 0)
                for state in states
            ),
        )
        known.adds_up(whole, [known.nation(version, "person", s, "months_12") for s in states])
        known.adds_up(whole, [*parts, of_group(known, version, "", group)])


def _to_median(known: Known, version: Version, code: str, printed: int) -> None:
    """What a province lacks to the median of the rates, which the others' printed counts tell."""
    used = known.name(version, "place", code, FIGURES["uni_used"])
    key = ActionKey("place", code, "person", Of.MEDIAN, ABOUT)
    needed = version.actions[key] + known.like[used]
    known.reader.told({used: 1}, needed - printed, give=2 * GIVE)
