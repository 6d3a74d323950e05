"""The portal's addresses."""

from fastapi import APIRouter

from idp.portal import applications, changes, registration, secret

_PAGES = (applications, registration, changes, secret)
router = APIRouter(routes=[route for page in _PAGES for route in page.router.routes])
