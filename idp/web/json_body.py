"""Reading a JSON object strictly: one value per name, text a database can hold, no NaN."""

import json
from typing import Any, NoReturn

from starlette.requests import Request

from idp.web.messages import N_
from idp.web.refusals import RequestRefused

_UNREADABLE = N_("What was sent is not readable text.")


async def read_object(request: Request) -> dict[str, Any]:
    """The body's object. Raises RequestRefused: 415 for another content type, 400 for the rest."""
    content_type = request.headers.get("content-type", "").partition(";")[0]
    if content_type.strip().lower() != "application/json":
        raise RequestRefused(415, N_("This address accepts only JSON."))
    return parse_object(await request.body())


def parse_object(body: bytes) -> dict[str, Any]:
    """The object in UTF-8 JSON. Raises RequestRefused (400) for anything else."""
    try:
        found = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_no_number)
        text = json.dumps(found, ensure_ascii=False)
        text.encode()
    except (ValueError, RecursionError) as error:
        raise RequestRefused(400, _UNREADABLE) from error
    if not isinstance(found, dict) or "\\u0000" in text:
        raise RequestRefused(400, _UNREADABLE)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name was sent twice")
    return found


def _no_number(_text: str) -> NoReturn:
    raise ValueError("not a number")
