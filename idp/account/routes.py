"""The router of the start page and the account pages."""

from fastapi import APIRouter

from idp.account import activity, factor, home, services, sessions

router = APIRouter(include_in_schema=False)
for page in (home, activity, sessions, factor, services):
    router.include_router(page.router)
