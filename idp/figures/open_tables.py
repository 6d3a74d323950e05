"""The tables of a frozen month that leave the house: open data, and what programs are told.

A fixed list, each a table of one freeze; what everybody sees of it: `open_rows`.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from idp.catalogue.lookup import list_agencies
from idp.figures.disclosure import Voice
from idp.figures.frozen import FrozenMonth, Said
from idp.figures.nested import starred_nation
from idp.figures.open_groups import GROUPS
from idp.figures.open_places import CROSSWALK, PROVINCES, PROVINCES_THEN
from idp.figures.open_rows import OF_MONTH, STARS, OpenTable, Stars, TrueRow
from idp.figures.open_satisfaction import SATISFACTION
from idp.figures.partitions import FigureOf
from idp.figures.said import ANSWERED
from idp.figures.sets import MONTHS
from idp.figures.slice_rows import Dimension
from idp.figures.slices import national, slices
from idp.figures.sums_of_sign_ins import hidden_of_agencies
from idp.figures.system_counts import SYSTEM
from idp.kit.messages import N_


def _figure_of(row: TrueRow) -> FigureOf:
    return row.words["kind"], row.words["figure"], row.words["window"]


def _told_by_sums(rows: Sequence[TrueRow], _stars: Stars) -> Stars:
    values = {_figure_of(row): row.counts["value"] or 0 for row in rows}
    return {(" ".join(key), "value") for key in starred_nation(values)}


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


def _agencies(db: Session, month: FrozenMonth) -> list[TrueRow]:
    found = {UUID(each.code): each for each in slices(db, month, Dimension.AGENCY) if each.code}
    hidden = hidden_of_agencies({each.code: each.outcomes for each in found.values()})
    names = {"begun": "sign_ins", "success": "succeeded"}
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
        stars = {names[each] for each in hidden[str(agency.id)] & names.keys()}
        rows.append(TrueRow(str(agency.id), words, counts, rates, hidden=stars))
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
    told_by_sums=_told_by_sums,
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
TABLES = {
    table.name: table
    for table in (NATIONAL, PROVINCES, PROVINCES_THEN, CROSSWALK, AGENCIES, GROUPS, SATISFACTION)
}
