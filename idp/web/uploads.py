"""A form with one file, as browsers send it: `multipart/form-data`, read strictly (RFC 7578).

Only addresses below `UPLOADS` take one, of at most `MOST_UPLOAD` bytes; few are received at once.
"""

import re
from collections.abc import Iterator
from dataclasses import field
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from idp.kit.immutable import immutable
from idp.web.csrf import check_own
from idp.web.forms import FORM_TYPE, MAX_NAME, MAX_VALUE, read_form
from idp.web.messages import N_
from idp.web.refusals import RequestRefused

_TYPE = re.compile(
    r"multipart/form-data; *boundary=\"?([0-9A-Za-z'()+_,./:=?-]{1,70})\"?", re.IGNORECASE
)
_NAME = re.compile(rb'; *name="([^"\r\n]{1,100})"')
_FILE = re.compile(rb'; *filename="')
_MOST_PARTS = 10


@immutable
class Upload:
    """The fields of a form and what stands in its file; empty where none was chosen."""

    fields: dict[str, str]
    file: bytes = field(default=b"", repr=False)


def parse_upload(content_type: str, body: bytes) -> Upload:
    """The form. Raises RequestRefused: 415 for another content type, 400 for the rest."""
    match = _TYPE.fullmatch(content_type.strip())
    if match is None:
        raise RequestRefused(415, N_("This address accepts only a form with a file."))
    fields: dict[str, str] = {}
    files: list[bytes] = []
    for head, content in _parts(body, b"--" + match[1].encode()):
        named = _NAME.search(head)
        if named is None:
            raise _unreadable()
        if _FILE.search(head):
            files.append(content)
            continue
        name, value = _text(named[1]), _text(content)
        if name in fields:
            raise RequestRefused(400, N_("A field was sent twice."))
        if len(name) > MAX_NAME or len(value) > MAX_VALUE:
            raise RequestRefused(400, N_("What was sent is too long."))
        fields[name] = value
    if len(files) > 1:
        raise RequestRefused(400, N_("A field was sent twice."))
    return Upload(fields, files[0] if files else b"")


def _parts(body: bytes, delimiter: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Head and content of each part."""
    first, *parts = (b"\r\n" + body).split(b"\r\n" + delimiter, _MOST_PARTS + 1)
    if first or not parts or len(parts) > _MOST_PARTS or parts[-1].strip() != b"--":
        raise _unreadable()
    for part in parts[:-1]:
        head, separator, content = part.partition(b"\r\n\r\n")
        if not separator or not head.startswith(b"\r\n"):
            raise _unreadable()
        yield head, content


def _text(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise _unreadable() from None
    if "\0" in text:
        raise _unreadable()
    return text


def _unreadable() -> RequestRefused:
    return RequestRefused(400, N_("What was sent is not readable text."))


async def _own_upload(request: Request) -> Upload:
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() in {"", FORM_TYPE}:
        upload = Upload(await read_form(request))
    else:
        upload = parse_upload(content_type, await request.body())
    return Upload(check_own(request, upload.fields), upload.file)


OwnUpload = Annotated[Upload, Depends(_own_upload)]
"""As `csrf.OwnForm`, of a form with a file; sent as a form without one, no file was chosen."""
