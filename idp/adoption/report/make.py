"""The report of a month or quarter as a file, PDF or DOCX: the same freeze, the same bytes."""

from idp.adoption.report.facts import Report
from idp.adoption.report.paper import as_json, read_paper
from idp.adoption.report.setter import draw, set_pdf
from idp.adoption.report.word import MEDIA_TYPE, pictures_of, write_word
from idp.kit.languages import DEFAULT
from idp.kit.messages import InMonth, Message
from idp.web.templates import Pages

LANGUAGE = DEFAULT
"""Official: in one language."""
MEDIA_TYPES = {"pdf": "application/pdf", "docx": MEDIA_TYPE}


def make_report(report: Report, kind: str, *, pages: Pages) -> bytes:
    """The file. Raises Overloaded where it cannot be set now."""
    blocks = read_paper(pages.piece("adoption/report.html", report, language=LANGUAGE))
    said = pages.environments[LANGUAGE].filters["said"]
    title, month = said(title_of(report)), report.month
    foot = said(
        Message(
            "Freeze number %(number)s, version %(version)s, SHA-256 %(hash)s…",
            number=month.number,
            version=month.version,
            hash=month.rows_hash.hex()[:16],
        )
    )
    author = str(pages.environments[LANGUAGE].globals["operator_name"])
    if kind == "docx":
        return write_word(
            blocks,
            title=title,
            language="vi-VN",
            author=author,
            foot=foot,
            made_at=month.frozen_at,
            drawn=draw(pictures_of(blocks)),
        )
    day = month.frozen_at.astimezone(pages.zone)
    return set_pdf(
        {
            "title": title,
            "language": LANGUAGE,
            "region": "VN",
            "author": author,
            "foot": foot,
            "frozen": {"year": day.year, "month": day.month, "day": day.day},
            "instant": int(month.frozen_at.timestamp()),
            "blocks": as_json(blocks),
        }
    )


def title_of(report: Report) -> Message:
    """What stands on the first page."""
    period, target = report.period, report.target.percent
    if period.is_quarter:
        return Message(
            "Unified sign-in: report of quarter %(quarter)s/%(year)s against the target of "
            "%(target)s%%",
            quarter=period.quarter,
            year=str(period.last_on.year),
            target=target,
        )
    return Message(
        "Unified sign-in: report of %(month)s against the target of %(target)s%%",
        month=InMonth(period.last_on),
        target=target,
    )
