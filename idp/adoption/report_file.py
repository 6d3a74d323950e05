"""`/adoption/report/…`: the official report of a month or quarter, in Vietnamese, as a file."""

from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.kept import kept_answer
from idp.adoption.part import AdoptionPart
from idp.adoption.report.facts import read_report
from idp.adoption.report.make import LANGUAGE, MEDIA_TYPES, make_report
from idp.adoption.report.period import Period
from idp.adoption.versions import read_version
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
    with transaction(request) as db:
        read_one_instant(db)
        revision = read_version(query.get("version", ""))
        report = read_report(db, asked, part.adoption, revision=revision)
    key, stamp = (asked.name, kind), (report.month.number,)
    body = part.papers.find(key, stamp)
    if body is None:
        body = make_report(report, kind, pages=Pages.of(request))
        part.papers.keep(key, stamp, body)
    sent = {
        "Content-Disposition": f'attachment; filename="{report.name}.{kind}"',
        "Content-Language": LANGUAGE,
    }
    return kept_answer(request, body, MEDIA_TYPES[kind], **sent)


for _kind in MEDIA_TYPES:
    router.add_api_route(f"/adoption/report/{{period}}.{_kind}", report_file, methods=["GET"])
