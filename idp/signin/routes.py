"""The router of the sign-in pages."""

from fastapi import APIRouter

from idp.signin import identifier, password

router = APIRouter(include_in_schema=False)
for page in (identifier, password):
    router.include_router(page.router)
