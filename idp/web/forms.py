"""Reading a query, a form or a JSON body strictly: each name once, every byte well-formed.

Frameworks take the last of duplicate parameters silently and answer a JSON body with an empty form;
both hide attacks, so both are refused here (RFC 6749 section 3.1, 3.2). `urllib.parse.parse_qsl`
lets a broken `%` stand and takes longer.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import unquote_to_bytes
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request

from idp.kit.strict_json import parse_object
from idp.web.messages import N_
from idp.web.refusals import RequestRefused

FORM_TYPE = "application/x-www-form-urlencoded"
MAX_FIELDS = 100
MAX_NAME = 100
MAX_VALUE = 16 * 1024
"""Characters in one field. A request object or an assertion is the longest thing sent."""

_REPEATABLE = frozenset({"resource"})
"""Names that may be sent several times (RFC 8707 section 2); their values hold no space."""
_BAD_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")


async def read_form(request: Request) -> dict[str, str]:
    """The fields of the urlencoded body.

    No body is no fields, whatever type a client gives it: clients name one by habit. Raises
    RequestRefused: 415 for another content type, 400 for a field sent twice, bad encoding, NUL, or
    too much of anything.
    """
    body = await request.body()
    if not body:
        return {}
    content_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if content_type.strip().lower() != FORM_TYPE or charset not in ("", "utf-8"):
        raise RequestRefused(415, N_("This address accepts only a form."))
    return parse(body)


async def read_object(request: Request) -> dict[str, Any]:
    """The body's object. Raises RequestRefused: 415 for another content type, 400 for the rest."""
    content_type = request.headers.get("content-type", "").partition(";")[0]
    if content_type.strip().lower() != "application/json":
        raise RequestRefused(415, N_("This address accepts only JSON."))
    try:
        return parse_object((await request.body()).decode())
    except ValueError as error:
        raise RequestRefused(400, N_("What was sent is not readable text.")) from error


def read_instant(text: str) -> datetime | None:
    """The instant a hidden field holds, written by `isoformat`; None for anything else."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def read_page(text: str) -> int:
    """Which page of a list; the first for what is no number of one."""
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 6 else 1


async def read_query(request: Request) -> dict[str, str]:
    """The parameters of the query. Raises RequestRefused (400) as `read_form` does."""
    return parse(request.scope["query_string"])


def parse(encoded: bytes) -> dict[str, str]:
    """The fields of `application/x-www-form-urlencoded` bytes, each name exactly once.

    The values of a repeatable name are joined by spaces.
    """
    fields: dict[str, str] = {}
    for name, sent in _pairs(encoded):
        is_more = name in _REPEATABLE and name in fields
        value = f"{fields[name]} {sent}" if is_more else sent
        if name in fields and not is_more:
            raise RequestRefused(400, N_("A field was sent twice."))
        if len(name) > MAX_NAME or len(value) > MAX_VALUE or len(fields) >= MAX_FIELDS:
            raise RequestRefused(400, N_("What was sent is too long."))
        fields[name] = value
    return fields


def _pairs(encoded: bytes) -> Iterator[tuple[str, str]]:
    for pair in encoded.split(b"&") if encoded else ():
        if pair:
            name, _, value = pair.replace(b"+", b" ").partition(b"=")
            yield _decoded(name), _decoded(value)


def _decoded(part: bytes) -> str:
    text = percent_decoded(part)
    if text is None:
        raise RequestRefused(400, N_("What was sent is not readable text."))
    return text


def percent_decoded(encoded: bytes) -> str | None:
    """The text; None where a `%` is broken, what it stands for is not UTF-8, or a NUL is in it."""
    if b"%" in encoded:
        if _BAD_PERCENT.search(encoded):
            return None
        encoded = unquote_to_bytes(encoded)
    try:
        text = encoded.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


Form = Annotated[dict[str, str], Depends(read_form)]
"""The body's fields, without a CSRF check: for protocol endpoints. Pages take `csrf.OwnForm`."""

Query = Annotated[dict[str, str], Depends(read_query)]
"""The query's parameters."""


def id_in(fields: Mapping[str, str], name: str) -> UUID | None:
    """The id in that field; None where there is none, or what stands there is no id."""
    try:
        return UUID(fields.get(name, ""))
    except ValueError:
        return None
