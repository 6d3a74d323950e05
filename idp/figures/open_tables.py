"""The tables of a frozen month that leave the house: open data, and what programs are told.

A fixed list, each a table of one freeze. Everybody sees them suppressed: fewer than ten starred,
with what exact sums and differences of the nation would tell (`partitions`, `nested`); provinces
and agencies are rounded to five. What one version starred no later one shows; where a revision
added or took out fewer than ten of the nation, every older version tells only what has not changed
since.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy.orm import Session

from idp.catalogue.lookup import list_agencies
from idp.figures.disclosure import Shown, Voice, disclose
from idp.figures.frozen import FrozenMonth, Said
from idp.figures.nested import changed_by_few, starred_nation
from idp.figures.partitions import FigureOf
from idp.figures.rates import Rate
from idp.figures.said import ANSWERED
from idp.figures.sets import AT_DAY, MONTHS, PERSON, Figure
from idp.figures.slice_rows import Dimension
from idp.figures.slices import by_place, list_freezes, list_provinces, national, slices
from idp.figures.system_counts import SYSTEM
from idp.kit.immutable import immutable
from idp.kit.messages import N_
from idp.kit.shares import cut_down
from idp.settings.people import Target

OF_MONTH = {
    "month": N_("The frozen month, as 2026-10; figures are of the 12 whole months to its end"),
    "version": N_("1 as first published, one more with each revision"),
    "freeze": N_("The number of the freeze that all figures of the row come from"),
}
"""The columns with which each row of a frozen month begins."""
STARS = {
    "suppressed": N_("The columns that are not shown: fewer than 10, or all but so few; else empty")
}
"""And with which it ends."""
_DECIMALS = 2
_OF_TARGET = "percent"
"""The column of rates that the target is of."""
Row: TypeAlias = dict[str, Any]


@immutable
class OpenTable:
    """A table: its columns with their meaning in English, and what makes them of a freeze."""

    name: str
    title: str
    columns: Mapping[str, str]
    read: Callable[[Session, FrozenMonth], list["TrueRow"]]
    is_national: bool = False

    def told_by_sums(self, rows: Sequence["TrueRow"]) -> set[tuple[str, str]]:
        """Row and column of what exact sums beside it would tell."""
        if not self.is_national:
            return set()
        values = {_figure_of(row): row.counts["value"] or 0 for row in rows}
        return {(" ".join(key), "value") for key in starred_nation(values)}


@immutable
class TrueRow:
    """A row before anything is suppressed."""

    key: str
    words: Row
    counts: Mapping[str, int | None]
    rates: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Column → the two columns of counts that it is the percentage of."""
    is_of_things: bool = False
    """Systems or answers of nobody are counted, not people: nothing of it is suppressed."""
    printed: Mapping[str, int | None] = field(default_factory=dict)
    """Counts that are printed by a rule of their own."""


def of_month(month: FrozenMonth) -> Row:
    """What stands in the columns of OF_MONTH."""
    return {"month": month.name, "version": month.version, "freeze": month.number}


def read_rows(
    db: Session, month: FrozenMonth, table: OpenTable, *, target: Target, is_true: bool = False
) -> list[Row]:
    """The rows as everybody sees them, or with true values; none below the target reaches it."""
    begins = of_month(month)
    found = table.read(db, month)
    if is_true:
        return [{**begins, **row.words, **_true(row), "suppressed": ""} for row in found]
    stars = _starred(db, month, table, found)
    return [_suppressed(begins, row, stars, table, target) for row in found]


def _true(row: TrueRow) -> Row:
    rates = {
        name: Rate(row.counts[part], row.counts[whole]).percent
        for name, (part, whole) in row.rates.items()
    }
    percents = {n: None if p is None else float(cut_down(p, _DECIMALS)) for n, p in rates.items()}
    return {**row.counts, **percents}


def _suppressed(
    begins: Row, row: TrueRow, stars: set[tuple[str, str]], table: OpenTable, target: Target
) -> Row:
    own = [c for c in (*row.counts, *row.rates) if (row.key, c) in stars]
    counts = {
        name: None if name in own else _shown(row, count, table)
        for name, count in row.counts.items()
    }
    rates: Row = {}
    for name, (part, whole) in row.rates.items():
        aim = target if name == _OF_TARGET else None
        counted = row.counts[part], row.counts[whole]
        shown = Shown.of(*counted, target=aim, is_national=table.is_national)
        is_told = shown.percent is not None and name not in own
        rates[name] = float(cut_down(shown.percent or 0, shown.decimals)) if is_told else None
    return {**begins, **row.words, **counts, **row.printed, **rates, "suppressed": " ".join(own)}


def _shown(row: TrueRow, count: int | None, table: OpenTable) -> int | None:
    return count if row.is_of_things else disclose(count, is_national=table.is_national).value


def unsaid_beside(db: Session, month: FrozenMonth) -> set[FigureOf]:
    """Of the nation, what this version does not tell beside those that replaced it."""
    later = [
        each
        for each in list_freezes(db)
        if each.month_on == month.month_on and each.revision > month.revision
    ]
    then = national(db, month) if later else {}
    return {key for each in later for key in changed_by_few(then, national(db, each))}


def _starred(
    db: Session, month: FrozenMonth, table: OpenTable, found: Sequence[TrueRow]
) -> set[tuple[str, str]]:
    """Row and column of what is not shown, in this version for what others show, too."""
    versions = [each for each in list_freezes(db) if each.month_on == month.month_on]
    stars = _few(found) | table.told_by_sums(found)
    for each in versions:
        if each.number < month.number:
            before = table.read(db, each)
            stars |= _few(before) | table.told_by_sums(before)
    if table.is_national:
        stars |= {(" ".join(key), "value") for key in unsaid_beside(db, month)}
    return stars


def _few(rows: Sequence[TrueRow]) -> set[tuple[str, str]]:
    stars = {
        (row.key, name)
        for row in rows
        for name, count in row.counts.items()
        if not row.is_of_things and disclose(count).is_suppressed
    }
    for row in rows:
        for name, (part, whole) in row.rates.items():
            if {(row.key, part), (row.key, whole)} & stars:
                stars.add((row.key, name))
            elif Shown.of(row.counts[part], row.counts[whole]).is_suppressed:
                stars |= {(row.key, name), (row.key, part)}
    return stars


def _figure_of(row: TrueRow) -> FigureOf:
    return row.words["kind"], row.words["figure"], row.words["window"]


def _national(db: Session, month: FrozenMonth) -> list[TrueRow]:
    figures = national(db, month)
    unsaid = starred_nation(figures) - figures.keys()
    return [
        TrueRow(
            " ".join(key),
            dict(zip(("kind", "figure", "window"), key, strict=True)),
            {"value": value},
            is_of_things=key[0] in {SYSTEM, ANSWERED},
            printed={"value": _said(figures, key)} if key[0] == ANSWERED else {},
        )
        for key, value in sorted({**figures, **dict.fromkeys(unsaid, 0)}.items())
    ]


def _said(figures: Mapping[FigureOf, int], key: FigureOf) -> int | None:
    _, figure, window = key
    counts = (figures.get((ANSWERED, name, window), 0) for name in ("ANSWERS", "SATISFIED"))
    voice = Voice.of(Said(*counts))
    return voice.percent if figure == "SATISFIED" else voice.answers


def _provinces(db: Session, month: FrozenMonth) -> list[TrueRow]:
    cuts = by_place(db, month)
    keys = {
        "registered": (PERSON, Figure.REG, AT_DAY),
        "uni_used": (PERSON, Figure.UNI_USED, MONTHS),
        "residents": (PERSON, "POP", AT_DAY),
        "began": (PERSON, "BEGAN", MONTHS),
        "succeeded": (PERSON, "SUCCEEDED", MONTHS),
    }
    return [
        TrueRow(
            code,
            {"place": code, "name": name_vi},
            {
                name: cuts.get(code, {}).get(key, None if name == "residents" else 0)
                for name, key in keys.items()
            },
            {_OF_TARGET: ("uni_used", "residents"), "succeeded_percent": ("succeeded", "began")},
        )
        for code, name_vi, _ in list_provinces(db)
    ]


def _agencies(db: Session, month: FrozenMonth) -> list[TrueRow]:
    found = {UUID(each.code): each for each in slices(db, month, Dimension.AGENCY) if each.code}
    rows = []
    for agency in sorted(list_agencies(db, agency_ids=[*found]), key=lambda each: each.code):
        used = found[agency.id]
        words = {"agency": agency.code, "name": agency.name_vi, "tier": agency.tier.value}
        counts = {
            "active": used.active.get(MONTHS, 0),
            "uni_used": used.uni_used,
            "sign_ins": used.outcomes.begun,
            "succeeded": used.outcomes.success,
        }
        rates = {
            "both_percent": ("uni_used", "active"),
            "succeeded_percent": ("succeeded", "sign_ins"),
        }
        rows.append(TrueRow(str(agency.id), words, counts, rates))
    return rows


NATIONAL = OpenTable(
    "national",
    N_("The country: every figure of the month"),
    {
        **OF_MONTH,
        "kind": N_(
            "person, organization, kind of organization, sign_in, system or answer: the last three "
            "are no people"
        ),
        "figure": N_("As the method page explains it: REG, VER1, ACT, UNI_USED, PART, POP, …"),
        "window": N_("at_day, or so many whole months to the end of the month"),
        "value": N_(
            "The count, exact; of answers cut down to 5, and SATISFIED as whole percent of them, "
            "cut down, but in true values"
        ),
        **STARS,
    },
    _national,
    is_national=True,
)
PROVINCES = OpenTable(
    "provinces",
    N_("Provinces as they are today"),
    {
        **OF_MONTH,
        "place": N_("The province’s code, as it is today"),
        "name": N_("The province’s name"),
        "registered": N_("People with an account, rounded to 5"),
        "uni_used": N_("People who use both tiers, rounded to 5"),
        "residents": N_("Residents, rounded to 5"),
        "began": N_("People who began to sign in, rounded to 5"),
        "succeeded": N_("Of those, who succeeded, rounded to 5"),
        _OF_TARGET: N_("uni_used of residents, cut down"),
        "succeeded_percent": N_("succeeded of began, cut down"),
        **STARS,
    },
    _provinces,
)
AGENCIES = OpenTable(
    "agencies",
    N_("Agencies whose services were used"),
    {
        **OF_MONTH,
        "agency": N_("The agency’s code"),
        "name": N_("The agency’s name in Vietnamese"),
        "tier": N_("central, province, district or commune"),
        "active": N_("Proven people who signed in at the level to its services, rounded to 5"),
        "uni_used": N_("People who use both tiers, rounded to 5"),
        "sign_ins": N_("Sign-ins begun in the month alone, not people, rounded to 5"),
        "succeeded": N_("Of those sign-ins, the ones that succeeded, rounded to 5"),
        "both_percent": N_("uni_used of active, cut down"),
        "succeeded_percent": N_("succeeded of sign_ins, cut down"),
        **STARS,
    },
    _agencies,
)
TABLES = {table.name: table for table in (NATIONAL, PROVINCES, AGENCIES)}
