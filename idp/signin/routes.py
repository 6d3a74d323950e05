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

router = APIRouter(include_in_schema=False)
for page in (
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
):
    router.include_router(page.router)
