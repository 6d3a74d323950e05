"""What is printed of groups: age, sex, and what sign-ins were made with."""

from itertools import pairwise

from idp.figures.partitions import FigureOf
from idp.figures.slice_rows import SliceKey
from tests.adoption.attack.known import Known, Version

_PEOPLE: dict[str, FigureOf] = {
    "registered": ("person", "REG", "at_day"),
    "began": ("person", "BEGAN", "months_12"),
    "succeeded": ("person", "SUCCEEDED", "months_12"),
    "active": ("person", "ACT", "months_12"),
    "uni_used": ("person", "UNI_USED", "months_12"),
}
"""Each within the one before."""
_SIGN_INS: dict[str, FigureOf] = {
    "began": ("sign_in", "BEGUN", "months_1"),
    "succeeded": ("sign_in", "SUCCESS", "months_1"),
}


def read_groups(known: Known, version: Version, address: str) -> None:
    """The open file of any version, or that of the page."""
    rows = known.rows(address)
    for dimension in ("age", "sex", "method", "device", "language"):
        some = [row for row in rows if row["by"] == dimension]
        assert some
        is_of_people = dimension in {"age", "sex"}
        figures = _PEOPLE if is_of_people else _SIGN_INS
        for row in some:
            own = [known.name(version, dimension, row["code"], f) for f in figures.values()]
            for name, column in zip(own, figures, strict=True):
                known.printed(name, row[column])
            for outer, inner in pairwise(own):
                known.lies_within(outer, inner)
            if not is_of_people:
                active = known.name(version, dimension, row["code"], _PEOPLE["active"])
                known.printed(active, row["active"])
                known.lies_within(known.nation(version, *_PEOPLE["active"]), active)
        for figure in figures.values():
            parts = [known.name(version, dimension, row["code"], figure) for row in some]
            listed = sum(version.rows.get(SliceKey(dimension, r["code"], *figure), 0) for r in some)
            whole = version.rows.get(SliceKey("country", "", *figure), 0)
            is_all = dimension != "method" or figure[1] == "SUCCESS"
            assert listed == whole or not is_all
            rest = "" if is_all else f"{version.name} no {dimension} {figure}"
            known.adds_up(known.nation(version, *figure), parts, rest=rest, of_rest=whole - listed)
