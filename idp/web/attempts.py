"""Counting an attempt of whoever sent this form."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request

from idp.factors import attempts
from idp.factors.attempts import Attempt
from idp.factors.kinds import Kind
from idp.settings.people import ThrottleSettings
from idp.web.browser import device_secret
from idp.web.part import Site
from idp.web.trusted_proxy import client_ip


def count_attempt(
    request: Request,
    db: Session,
    kind: Kind,
    *,
    settings: ThrottleSettings,
    person_id: UUID | None,
    identifier_hash: bytes | None = None,
    apart: str = "",
    trace: Mapping[str, Any] | None = None,
    at: datetime,
) -> Attempt:
    """`attempts.count_attempt`, from this browser and its address."""
    return attempts.count_attempt(
        db,
        kind,
        keyring=Site.of(request).keyring,
        settings=settings,
        person_id=person_id,
        identifier_hash=identifier_hash,
        apart=apart,
        device=device_secret(request),
        address=client_ip(request),
        trace=trace,
        at=at,
    )
