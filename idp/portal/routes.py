"""The portal's addresses."""

from fastapi import APIRouter

from idp.portal import applications, changes, registration, secret

router = APIRouter(include_in_schema=False)
router.include_router(applications.router)
router.include_router(registration.router)
router.include_router(changes.router)
router.include_router(secret.router)
