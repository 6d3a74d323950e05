"""The console's addresses."""

from fastapi import APIRouter

from idp.console import applications

router = APIRouter(routes=applications.router.routes)
