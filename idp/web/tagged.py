"""Answers that whoever asks may have already: known by the hash of what they say."""

import hashlib

from starlette.requests import Request
from starlette.responses import Response


def tagged(request: Request, body: bytes, media_type: str, **headers: str) -> Response:
    """The answer with its ETag, or 304 where whoever asks has it already (RFC 9110 section 13)."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    sent = {"Cache-Control": "no-cache", **headers, "ETag": tag}
    asked = request.headers.get("if-none-match")
    if asked is not None:
        told = {each.strip().removeprefix("W/") for each in asked.split(",")}
        is_known = tag in told or "*" in told
    else:
        since = headers.get("Last-Modified")
        is_known = since is not None and request.headers.get("if-modified-since") == since
    if is_known:
        return Response(status_code=304, headers=sent)
    return Response(body, media_type=media_type, headers=sent)
