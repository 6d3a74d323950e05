"""The start page: what this is, and the ways on from it."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from idp.web.routes import Router
from idp.web.templates import render

router = Router()


@dataclass(frozen=True)
class HomePage:
    """Nothing varies."""


@router.get("/")
def show(request: Request) -> Response:
    """The page, the same for everyone; it reads no row."""
    return render(request, "account/home.html", HomePage())
