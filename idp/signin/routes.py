"""The router of the sign-in pages."""

from fastapi import APIRouter

from idp.signin import (
    consent,
    enrol,
    identifier,
    otp,
    password,
    register,
    representing,
    sign_out,
    unmatched,
    unmet,
)

_PAGES = (
    identifier,
    password,
    otp,
    enrol,
    register,
    unmatched,
    representing,
    consent,
    unmet,
    sign_out,
)
router = APIRouter(routes=[route for page in _PAGES for route in page.router.routes])
