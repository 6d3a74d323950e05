"""The start page: what this is, and the ways on from it."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from idp.web.templates import render

router = APIRouter()


@dataclass(frozen=True)
class HomePage:
    """Nothing varies."""


@router.get("/")
def show(request: Request) -> Response:
    """The page, the same for everyone; it reads no row."""
    return render(request, "account/home.html", HomePage())
