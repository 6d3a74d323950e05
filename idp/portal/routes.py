"""The portal's addresses."""

from fastapi import APIRouter

from idp.portal import applications, registration, secret

_PAGES = (applications, registration, secret)
router = APIRouter(routes=[route for page in _PAGES for route in page.router.routes])
