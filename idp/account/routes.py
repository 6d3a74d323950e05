"""The router of the start page and the account pages."""

from fastapi import APIRouter

from idp.account import activity, details, factor, home, password, services, sessions

_PAGES = (home, activity, details, password, sessions, factor, services)
router = APIRouter(routes=[route for page in _PAGES for route in page.router.routes])
