"""What the registry can show about the sign-in of each public service of one level."""

from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.engine import Connection

from idp.catalogue.models import InformationSystem, LoginState, PublicService
from idp.kit.immutable import immutable
from idp.relying_parties.models import (
    Environment,
    RelyingParty,
    RelyingPartyService,
    RelyingPartyState,
)


@immutable
class LoginEvidence:
    """One service: declared by its agency; a live production client names it; tested; exclusive."""

    service_id: UUID
    is_declared: bool
    is_configured: bool
    is_tested: bool
    is_exclusive: bool


def list_login_evidence(
    connection: Connection, *, level: int, scheme: str = "ND43/2011"
) -> list[LoginEvidence]:
    """The evidence of every service of that level in that scheme."""
    named = (
        exists()
        .where(
            RelyingPartyService.relying_party_id == RelyingParty.id,
            RelyingPartyService.service_id == PublicService.id,
        )
        .correlate(RelyingParty, PublicService)
    )
    is_configured = exists().where(
        RelyingParty.environment == Environment.PRODUCTION,
        RelyingParty.state == RelyingPartyState.LIVE,
        or_(RelyingParty.default_service_id == PublicService.id, named),
    )
    rows = connection.execute(
        select(
            PublicService.id,
            PublicService.declared_login,
            is_configured,
            PublicService.tested_at.is_not(None),
            InformationSystem.login_state == LoginState.EXCLUSIVE,
        )
        .outerjoin(InformationSystem, InformationSystem.id == PublicService.system_id)
        .where(PublicService.level == level, PublicService.level_scheme == scheme)
    )
    return [LoginEvidence(*row[:4], is_exclusive=bool(row[4])) for row in rows]
