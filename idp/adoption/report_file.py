"""`/adoption/report/…`: the official report of a month or quarter, in Vietnamese, as a file."""

from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.kept import kept_answer
from idp.adoption.part import AdoptionPart
from idp.adoption.report.facts import find_month, read_report
from idp.adoption.report.make import LANGUAGE, MEDIA_TYPES, make_report
from idp.adoption.report.period import Period
from idp.figures.versions import read_version
from idp.kit.db import read_one_instant
from idp.web.db import transaction
from idp.web.forms import Query
from idp.web.lanes import Lane, in_lane
from idp.web.routes import Router
from idp.web.templates import Pages

router = Router()


@in_lane(Lane.PAPERS)
def report_file(request: Request, period: str, query: Query) -> Response:
    """The report whose kind the address ends with; `version` asks for one that was replaced."""
    part, asked = AdoptionPart.of(request), Period.read(period)
    kind = request.url.path.rpartition(".")[2]
    key, report = (asked.name, kind), None
    with transaction(request) as db:
        read_one_instant(db)
        month = find_month(db, asked, revision=read_version(query.get("version", "")))
        body = part.papers.find(key, (month.number,))
        if body is None:
            report = read_report(db, asked, month, part.adoption)
    if report is not None:
        body = make_report(report, kind, pages=Pages.of(request))
        part.papers.keep(key, (month.number,), body)
    name = f"{asked.file_name(month.revision)}.{kind}"
    sent = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Language": LANGUAGE,
    }
    return kept_answer(request, body or b"", MEDIA_TYPES[kind], **sent)


for _kind in MEDIA_TYPES:
    router.add_api_route(f"/adoption/report/{{period}}.{_kind}", report_file, methods=["GET"])
