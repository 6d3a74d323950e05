"""What is printed of agencies, their services and ministries: files, pages, scores."""

import re

from idp.figures.partitions import FigureOf
from idp.figures.slice_rows import SliceKey
from tests.adoption.attack.known import Known, Version, number, said_of, tables_of, text_of

ACTIVE: FigureOf = ("person", "ACT", "months_12")
USED: FigureOf = ("person", "UNI_USED", "months_12")
BEGUN: FigureOf = ("sign_in", "BEGUN", "months_1")
ENDS: dict[str, FigureOf] = {
    "succeeded": ("sign_in", "SUCCESS", "months_1"),
    "refused, as the identity level was too low": ("sign_in", "REFUSED_LEVEL", "months_1"),
    "refused otherwise": ("sign_in", "REFUSED", "months_1"),
    "given up": ("sign_in", "ABANDONED", "months_1"),
}
SUCCESS = ENDS["succeeded"]
COLUMNS = {"active": ACTIVE, "uni_used": USED, "sign_ins": BEGUN, "succeeded": SUCCESS}
_GROUP = re.compile(r'<span class="group">(.*?)</span>', re.DOTALL)


def read_agencies(known: Known, version: Version) -> None:
    """The open file; sign-ins add up to the nation's, with those that name no agency."""
    ids = []
    for row in known.rows(f"/adoption/data/{version.name}/agencies.json"):
        ids.append(id_ := str(known.country.ids[row["agency"]]))
        for column, figure in COLUMNS.items():
            known.printed(known.name(version, "agency", id_, figure), row[column])
        for outer, inner in ((ACTIVE, USED), (BEGUN, SUCCESS)):
            own = (known.name(version, "agency", id_, figure) for figure in (outer, inner))
            known.lies_within(*own)
        for figure in (ACTIVE, USED):
            whole = known.nation(version, *figure)
            known.lies_within(whole, known.name(version, "agency", id_, figure))
    for figure in (BEGUN, *ENDS.values()):
        own_ids = [known.name(version, "agency", id_, figure) for id_ in ids]
        known.adds_up(
            known.nation(version, *figure),
            own_ids,
            rest=f"{version.name} no agency {figure}",
            of_rest=version.rows.get(SliceKey("agency", "", *figure), 0),
        )
    for id_ in ids:
        ends = [known.name(version, "agency", id_, figure) for figure in ENDS.values()]
        known.adds_up(known.name(version, "agency", id_, BEGUN), ends)


def read_pages(known: Known, version: Version) -> None:
    """Each agency's: how sign-ins ended, and its services."""
    for row in known.rows(f"/adoption/agencies.json?month={version.month}"):
        id_ = str(known.country.ids[row["agency"]])
        active = known.name(version, "agency", id_, ACTIVE)
        known.printed(active, row["active"])
        known.printed(known.name(version, "agency", id_, BEGUN), row["sign_ins"])
        page = known.page(f"/adoption/agencies/{row['agency']}?month={version.month}")
        said = [text_of(each).strip(" ,.") for each in _GROUP.findall(page)]
        for words, figure in ENDS.items():
            known.printed(known.name(version, "agency", id_, figure), said_of(said, words))
        _services(known, version, id_, page)


def _services(known: Known, version: Version, agency: str, page: str) -> None:
    rows = tables_of(page).get("Its services, most people first", [])[1:]
    ids = [str(known.country.names[name]) for name, *_ in rows]
    for id_, (_, active, both, begun, succeeded, _) in zip(ids, rows, strict=True):
        names = {f: known.name(version, "service", id_, f) for f in COLUMNS.values()}
        known.printed(names[ACTIVE], number(active))
        known.printed(names[BEGUN], number(begun))
        known.share(names[USED], number(both), number(active))
        known.share(names[SUCCESS], number(succeeded), number(begun))
        known.lies_within(names[ACTIVE], names[USED])
        known.lies_within(names[BEGUN], names[SUCCESS])
        for figure in (ACTIVE, USED):
            known.lies_within(known.name(version, "agency", agency, figure), names[figure])
    for figure in (BEGUN, SUCCESS):
        every = [str(each) for each in known.country.services_of(agency)]
        whole = version.rows.get(SliceKey("agency", agency, *figure), 0)
        known_ones = sum(version.rows.get(SliceKey("service", s, *figure), 0) for s in every)
        known.adds_up(
            known.name(version, "agency", agency, figure),
            [known.name(version, "service", id_, figure) for id_ in ids],
            rest=f"{version.name} {agency} no service {figure}",
            of_rest=whole - known_ones,
        )


def read_ministries(known: Known, version: Version) -> None:
    """Of the newest month: a ministry’s people are those of its agencies, together."""
    tops = known.country.registry.ministry_of
    for ministry in sorted({*tops.values()}):
        page = known.page(f"/adoption/scores?kind=ministry&unit={ministry}")
        (share,) = [r[2] for r in tables_of(page)["Components"] if r[1].startswith("Unified use")]
        counts = re.search(r"\(([\d,]+) / ([\d,]+)\)", share)
        names = [known.name(version, "ministry", ministry, figure) for figure in (USED, ACTIVE)]
        for text, name in zip(counts.groups() if counts else (), names, strict=False):
            known.printed(name, number(text))
        known.lies_within(names[1], names[0])
        for figure, name in zip((USED, ACTIVE), names, strict=True):
            own = [
                known.name(version, "agency", a, figure) for a, m in tops.items() if m == ministry
            ]
            known.is_union(name, own)
            known.lies_within(known.nation(version, *figure), name)
