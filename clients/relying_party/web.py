"""An application with safe headers, pages and forms, whether it has sessions or not."""

import hmac
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, PlainTextResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

LEVEL_WORDS = {
    "LoA1": (
        "Mức 1: cơ bản, danh tính chưa được đối chiếu",
        "Level 1: basic, identity not checked",
    ),
    "LoA2": (
        "Mức 2: đã đối chiếu với Cơ sở dữ liệu quốc gia về dân cư",
        "Level 2: matched with the national population database",
    ),
    "LoA3": (
        "Mức 3: đã được cán bộ xác minh trực tiếp",
        "Level 3: verified face to face by an official",
    ),
    "LoA4": (
        "Mức 4: đã được cán bộ xác minh trực tiếp, đăng nhập bằng ba loại yếu tố xác thực",
        "Level 4: verified face to face, and three kinds of proof at sign-in",
    ),
}
"""What people read of each `acr`, in Vietnamese and English: the codes are for programs."""
_SCRIPT_POLICY = "script-src 'self'; connect-src 'self'; "


def make_app(
    folder: Path, *, forms_lead_to: str = "", is_https: bool = False, script: str = ""
) -> FastAPI:
    """An application with the folder's style.css, whose every answer carries the usual headers.

    `script`: a file of the folder that pages may run, and that may ask this application alone.
    `forms_lead_to`: the origin that a form of ours may end at by redirects: the provider's.
    """
    app = FastAPI(openapi_url=None)
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; "
        f"{_SCRIPT_POLICY if script else ''}"
        f"base-uri 'none'; form-action 'self' {forms_lead_to}; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        **({"Strict-Transport-Security": "max-age=31536000"} if is_https else {}),
    }

    @app.middleware("http")
    async def harden(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await call_next(request)
        response.headers.update(headers)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    @app.get("/style.css")
    def style() -> Response:
        return FileResponse(folder / "style.css", headers={"Cache-Control": "max-age=3600"})

    if script:

        @app.get(f"/{script}")
        def run() -> Response:
            return FileResponse(folder / script, headers={"Cache-Control": "max-age=3600"})

    @app.get("/healthz")
    def health() -> Response:
        return PlainTextResponse("ok")

    return app


def make_pages(folder: Path) -> Environment:
    """The folder's templates; they know levels of assurance in words."""
    pages = Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.globals["level_words"] = LEVEL_WORDS
    return pages


def is_own_form(request: Request, token: str, *, expected: str) -> bool:
    """Whether a POST comes from one of our own pages: the one that carries that CSRF token."""
    fetched_from = request.headers.get("sec-fetch-site", "same-origin")
    equal = hmac.compare_digest(token.encode("utf-8", "replace"), expected.encode())
    return equal and fetched_from in ("same-origin", "none")


def single_values(request: Request) -> dict[str, str]:
    """The query's parameters; one given twice is worth nothing."""
    items = request.query_params.multi_items()
    names = [name for name, _ in items]
    return {name: value for name, value in items if names.count(name) == 1}


def serve(app: FastAPI, *, port: int) -> None:
    """Run until stopped, on the address HOST."""
    host = os.environ.get("HOST", "127.0.0.1")
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False)
