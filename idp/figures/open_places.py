"""The tables of provinces: as they are today, as they were, and what became of each."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from sqlalchemy.orm import Session

from idp.figures.disclosure import starred
from idp.figures.frozen import FrozenMonth
from idp.figures.open_rows import OF_MONTH, OF_TARGET, STARS, OpenTable, Stars, TrueRow
from idp.figures.sets import AT_DAY, MONTHS, PERSON, Figure
from idp.figures.slices import by_place, list_provinces
from idp.kit.messages import N_
from idp.places.crosswalk import Crosswalk
from idp.places.load import MERGER
from idp.places.lookup import find_names

_KEYS = {
    "registered": (PERSON, Figure.REG, AT_DAY),
    "uni_used": (PERSON, Figure.UNI_USED, MONTHS),
    "residents": (PERSON, "POP", AT_DAY),
    "began": (PERSON, "BEGAN", MONTHS),
    "succeeded": (PERSON, "SUCCEEDED", MONTHS),
}
_COLUMNS = {
    "registered": N_("People with an account, rounded to 5"),
    "uni_used": N_("People who use both tiers, rounded to 5"),
    "residents": N_("Residents, rounded to 5"),
    "began": N_("People who began to sign in, rounded to 5"),
    "succeeded": N_("Of those, who succeeded, rounded to 5"),
    OF_TARGET: N_("uni_used of residents, cut down"),
    "succeeded_percent": N_("succeeded of began, cut down"),
    **STARS,
}


def _provinces(db: Session, month: FrozenMonth) -> list[TrueRow]:
    return _rows(db, month, then=False)


def _then(db: Session, month: FrozenMonth) -> list[TrueRow]:
    crosswalk = Crosswalk.read(db.connection())
    rows = _rows(db, month, then=True)
    for row in rows:
        place = crosswalk.find(row.key, month.month_on)
        row.words["now"] = crosswalk.now(place).code if place else ""
    return rows


def _rows(db: Session, month: FrozenMonth, *, then: bool) -> list[TrueRow]:
    cuts = by_place(db, month, then=then)
    return [
        TrueRow(
            code,
            {"place": code, "name": name_vi},
            {
                name: cuts.get(code, {}).get(key, None if name == "residents" else 0)
                for name, key in _KEYS.items()
            },
            {OF_TARGET: ("uni_used", "residents"), "succeeded_percent": ("succeeded", "began")},
        )
        for code, name_vi, _ in list_provinces(db, month.month_on if then else None)
    ]


def _told_by_sums(rows: Sequence[TrueRow], few: Stars) -> Stars:
    """The sum of what was merged is printed, too: of one part that is starred it tells much."""
    merged: dict[str, list[TrueRow]] = defaultdict(list)
    for row in rows:
        merged[row.words["now"]].append(row)
    stars: Stars = set()
    for parts in (some for some in merged.values() if len(some) > 1):
        for name in _KEYS:
            counts = {row.key: row.counts[name] or 0 for row in parts}
            own = frozenset(key for key, count in counts.items() if count and (key, name) in few)
            stars |= {(key, name) for key in starred(counts, own, are_rounded=True)}
    return stars


def _crosswalk(db: Session, _month: FrozenMonth) -> list[TrueRow]:
    crosswalk, names = Crosswalk.read(db.connection()), find_names(db)
    before = [place for place in crosswalk.ends if place.valid_on < MERGER]
    became = {place: crosswalk.now(place) for place in sorted(before)}
    sizes = Counter(became.values())
    return [
        TrueRow(
            old.code,
            {
                "old_code": old.code,
                "old_name": names[old],
                "old_until": str(ended_on) if (ended_on := crosswalk.ends[old]) else None,
                "new_code": new.code,
                "new_name": names[new],
                "parts": sizes[new],
            },
            {},
        )
        for old, new in became.items()
    ]


PROVINCES = OpenTable(
    "provinces",
    N_("Provinces as they are today"),
    {
        **OF_MONTH,
        "place": N_("The province’s code, as it is today"),
        "name": N_("The province’s name"),
        **_COLUMNS,
    },
    _provinces,
)
PROVINCES_THEN = OpenTable(
    "provinces_then",
    N_("Provinces as they were in the month: 63 until June 2025"),
    {
        **OF_MONTH,
        "place": N_("The province’s code, as it was at the end of the month"),
        "name": N_("The province’s name"),
        "now": N_("The code of the province that it is part of today"),
        **_COLUMNS,
    },
    _then,
    told_by_sums=_told_by_sums,
)
CROSSWALK = OpenTable(
    "crosswalk",
    N_("What became of the 63 provinces, and what the 34 are made of"),
    {
        **OF_MONTH,
        "old_code": N_("The code until the merger; eight codes mean another province since"),
        "old_name": N_("The name until the merger"),
        "old_until": N_("The day from which it is called otherwise; empty: it stands unchanged"),
        "new_code": N_("The code of the province that it is, or is part of, today"),
        "new_name": N_("The name of that province"),
        "parts": N_("Of how many old provinces that one is made: so many rows have its code"),
        **STARS,
    },
    _crosswalk,
)
