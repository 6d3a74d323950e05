"""The few files a page needs, served from memory under addresses that carry their content hash.

A changed file has a new address, so browsers may keep what they have for a year.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.kit.errors import NotFound
from idp.web.messages import N_

_FOLDER = Path(__file__).parent.parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
_FOREVER = "public, max-age=31536000, immutable"
_BRIEFLY = "public, max-age=300"


@dataclass(frozen=True)
class StaticFile:
    """One file as it is sent."""

    body: bytes
    content_type: str
    version: str
    """The first characters of the content's SHA-256."""


def load(folder: Path = _FOLDER) -> dict[str, StaticFile]:
    """Every file of the folder by its relative name; others than the known types are left out."""
    files = {}
    for path in sorted(folder.rglob("*")):
        content_type = _TYPES.get(path.suffix)
        if content_type and path.is_file():
            body = path.read_bytes()
            version = hashlib.sha256(body).hexdigest()[:12]
            files[path.relative_to(folder).as_posix()] = StaticFile(body, content_type, version)
    return files


FILES = load()

router = APIRouter()


def static_url(name: str) -> str:
    """The address of a static file, by name: `app.css`."""
    return f"/static/{name}?v={FILES[name].version}"


@router.get("/static/{name:path}", include_in_schema=False)
async def static_file(request: Request, name: str) -> Response:
    """The file, or 404."""
    file = FILES.get(name)
    if file is None:
        raise NotFound(N_("There is no page at this address."))
    is_exact = request.query_params.get("v") == file.version
    headers = {"Cache-Control": _FOREVER if is_exact else _BRIEFLY}
    return Response(file.body, media_type=file.content_type, headers=headers)


@router.get("/favicon.ico", include_in_schema=False)
async def favicon() -> RedirectResponse:
    """Browsers ask for this name when a response names no icon."""
    return RedirectResponse(static_url("favicon.svg"), status_code=308)
