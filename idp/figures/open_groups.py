"""The table of groups: people by age band and sex, sign-ins by what they were made with."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy.orm import Session

from idp.figures.disclosure import starred
from idp.figures.frozen import FrozenMonth
from idp.figures.groups import AGE_BANDS
from idp.figures.open_rows import OF_MONTH, OF_TARGET, STARS, OpenTable, Stars, TrueRow
from idp.figures.sets import AT_DAY, MONTHS, PERSON, Figure
from idp.figures.slice_rows import MONTH, Dimension
from idp.figures.slices import FigureOf, figures_by
from idp.kit.messages import N_

PEOPLE = (Dimension.AGE, Dimension.SEX)
MEANS = (Dimension.METHOD, Dimension.DEVICE, Dimension.LANGUAGE)
_ORDER = {band: place for place, band in enumerate(AGE_BANDS)}
_OF_PEOPLE: Mapping[str, FigureOf] = {
    "registered": (PERSON, Figure.REG, AT_DAY),
    "active": (PERSON, Figure.ACT, MONTHS),
    "uni_used": (PERSON, Figure.UNI_USED, MONTHS),
    "residents": (PERSON, "POP", AT_DAY),
    "began": (PERSON, "BEGAN", MONTHS),
    "succeeded": (PERSON, "SUCCEEDED", MONTHS),
}
_OF_MEANS: Mapping[str, FigureOf] = {
    "active": (PERSON, Figure.ACT, MONTHS),
    "began": ("sign_in", "BEGUN", MONTH),
    "succeeded": ("sign_in", "SUCCESS", MONTH),
}


def _groups(db: Session, month: FrozenMonth) -> list[TrueRow]:
    rows: list[TrueRow] = []
    for dimension in (*PEOPLE, *MEANS):
        found = figures_by(db, month, dimension)
        keys = _OF_PEOPLE if dimension in PEOPLE else _OF_MEANS
        if not any(figures.keys() & set(keys.values()) for figures in found.values()):
            continue
        codes = {*found, *(AGE_BANDS if dimension is Dimension.AGE else ())}
        rows += _rows(dimension, keys, {code: found.get(code, {}) for code in codes})
    return rows


def _rows(
    dimension: Dimension,
    keys: Mapping[str, FigureOf],
    found: Mapping[str, Mapping[FigureOf, int]],
) -> Iterator[TrueRow]:
    """Those not known stand last."""
    in_order = sorted(found, key=lambda code: (not code, _ORDER.get(code, 0), code))
    for code in in_order:
        counts: dict[str, int | None] = dict.fromkeys(_OF_PEOPLE)
        for name, key in keys.items():
            counts[name] = found[code].get(key, None if name == "residents" else 0)
        yield TrueRow(
            f"{dimension} {code}",
            {"by": dimension.value, "code": code},
            counts,
            {OF_TARGET: ("uni_used", "residents"), "succeeded_percent": ("succeeded", "began")},
        )


def _told_by_sums(rows: Sequence[TrueRow], few: Stars) -> Stars:
    """The nation's counts are exact: of one cell that is starred, sums would tell too much."""
    stars: Stars = set()
    for dimension in {row.words["by"] for row in rows}:
        some = [row for row in rows if row.words["by"] == dimension]
        for name in _OF_PEOPLE.keys() - {"residents"}:
            parts = {row.key: row.counts[name] or 0 for row in some}
            own = frozenset(key for key, count in parts.items() if count and (key, name) in few)
            stars |= {(key, name) for key in starred(parts, own, are_rounded=True)}
    return stars


GROUPS = OpenTable(
    "groups",
    N_("Age, sex, and how people sign in"),
    {
        **OF_MONTH,
        "by": N_("age, sex, method, device or language"),
        "code": N_("The age band, the sex, …; empty: not known"),
        "registered": N_("People with an account, rounded to 5; of age and sex alone"),
        "active": N_("Proven people who signed in at the level, so, rounded to 5"),
        "uni_used": N_("People who use both tiers, rounded to 5; of age and sex alone"),
        "residents": N_("Residents of the age or sex, rounded to 5; empty: not known"),
        "began": N_(
            "Of age and sex: people who began to sign in, in the 12 months; else sign-ins begun in "
            "the month alone; rounded to 5"
        ),
        "succeeded": N_("Of those, who or which succeeded, rounded to 5"),
        OF_TARGET: N_("uni_used of residents, cut down"),
        "succeeded_percent": N_("succeeded of began, cut down"),
        **STARS,
    },
    _groups,
    told_by_sums=_told_by_sums,
)
