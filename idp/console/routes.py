"""The console's addresses."""

from fastapi import APIRouter

from idp.console import applications

router = APIRouter(include_in_schema=False)
router.include_router(applications.router)
