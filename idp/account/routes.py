"""The router of the start page and the account pages."""

from fastapi import APIRouter

from idp.account import activity, factor, home, services, sessions

_PAGES = (home, activity, sessions, factor, services)
router = APIRouter(routes=[route for page in _PAGES for route in page.router.routes])
