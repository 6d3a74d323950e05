"""The console's addresses."""

from fastapi import APIRouter

from idp.console import applications, queue

router = APIRouter(routes=[*queue.router.routes, *applications.router.routes])
