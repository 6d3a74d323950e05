"""Reading a request's JSON object strictly."""

from typing import Any

from starlette.requests import Request

from idp.kit.strict_json import parse_object
from idp.web.messages import N_
from idp.web.refusals import RequestRefused


async def read_object(request: Request) -> dict[str, Any]:
    """The body's object. Raises RequestRefused: 415 for another content type, 400 for the rest."""
    content_type = request.headers.get("content-type", "").partition(";")[0]
    if content_type.strip().lower() != "application/json":
        raise RequestRefused(415, N_("This address accepts only JSON."))
    try:
        return parse_object((await request.body()).decode())
    except ValueError as error:
        raise RequestRefused(400, N_("What was sent is not readable text.")) from error
