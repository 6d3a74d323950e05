"""The few files a page needs, served from memory under addresses that carry their content hash.

A changed file has a new address, so browsers may keep what they have for a year. Starlette's
`StaticFiles` reads the disk at every request, on the few threads that pages need, and takes a
hundred times the processor's time. They are compressed once, when the process starts; pages of
people never are, as they hold secrets beside what others chose (decision 39).
"""

import hashlib
import re
from pathlib import Path, PurePath

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.kit.errors import NotFound
from idp.web.gzipped import gzipped, takes_gzip
from idp.web.lanes import Lane, in_lane
from idp.web.messages import N_
from idp.web.routes import READING, Router

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


def tight(css: str) -> str:
    """A stylesheet without its comments and the blanks that only its writer needs."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", css))
    return re.sub(r":\s", ":", css).replace(";}", "}").strip()


def _content(path: Path) -> bytes:
    return tight(path.read_text()).encode() if path.suffix == ".css" else path.read_bytes()


FILES = {
    path.relative_to(_FOLDER).as_posix(): _content(path)
    for path in _FOLDER.rglob("*")
    if path.suffix in _TYPES
}
"""By relative name, as they are served."""
_SMALLER = {
    name: packed for name, body in FILES.items() if len(packed := gzipped(body)) < 0.9 * len(body)
}
"""The compressed body of each that is worth it."""
_VERSIONS = {name: hashlib.sha256(body).hexdigest()[:12] for name, body in FILES.items()}

router = Router()


def static_url(name: str) -> str:
    """The address of a static file, by name: `app.css`."""
    return f"/static/{name}?v={_VERSIONS[name]}"


@router.api_route("/static/{name:path}", methods=READING, include_in_schema=False)
@in_lane(Lane.NONE)
async def static_file(request: Request, name: str) -> Response:
    """The file, or 404."""
    if name not in FILES:
        raise NotFound(N_("There is no page at this address."))
    is_exact = request.query_params.get("v") == _VERSIONS[name]
    headers = {"Cache-Control": _FOREVER if is_exact else _BRIEFLY}
    body = FILES[name]
    if name in _SMALLER:
        headers["Vary"] = "Accept-Encoding"
        if takes_gzip(request):
            headers["Content-Encoding"] = "gzip"
            body = _SMALLER[name]
    return Response(body, media_type=_TYPES[PurePath(name).suffix], headers=headers)


@router.get("/favicon.ico", include_in_schema=False)
async def favicon() -> RedirectResponse:
    """Browsers ask for this name when a response names no icon."""
    return RedirectResponse(static_url("favicon.svg"), status_code=308)
