"""Whose interface an address is: it answers for one agency, the first that registered it.

Who answers to it reads what tokens meant for it say of people, so nobody takes another's.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.catalogue.models import InformationSystem
from idp.kit.messages import N_
from idp.relying_parties.models import RelyingParty, RelyingPartyState

FOREIGN = N_("This is another agency's API: that agency has to give it up first.")


def list_foreign(db: Session, *, audiences: Sequence[str], system_id: UUID) -> list[str]:
    """Those of the addresses that are some other agency's than the system's. None for none.

    Whatever its state and environment is, unless it was retired. Until this transaction ends nobody
    else registers any.
    """
    if not audiences:
        return []
    db.execute(select(func.pg_advisory_xact_lock(func.hashtext("relying_party.audiences"))))
    own_agency = select(InformationSystem.agency_id).where(InformationSystem.id == system_id)
    registered = db.scalars(
        select(RelyingParty.audiences)
        .join(InformationSystem, InformationSystem.id == RelyingParty.system_id)
        .where(
            RelyingParty.audiences.overlap(list(audiences)),
            RelyingParty.state != RelyingPartyState.RETIRED,
            InformationSystem.agency_id != own_agency.scalar_subquery(),
        )
    )
    taken = {uri for uris in registered for uri in uris}
    return [uri for uri in audiences if uri in taken]
