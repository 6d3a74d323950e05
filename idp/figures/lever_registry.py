"""What the registry of today says could be connected: by province and ministry."""

from collections import Counter
from datetime import date

from sqlalchemy import select
from sqlalchemy.engine import Connection

from idp.catalogue.models import InformationSystem, LoginState, PublicService
from idp.figures.action_rows import Offer, Unit
from idp.figures.ladder import UNUSED, reached_steps
from idp.figures.units import DIMENSION_OF, units
from idp.kit.db import table_of


def read_offer(connection: Connection, *, as_of: date) -> Offer:
    """Level-4 services that nobody uses here, and systems that have another sign-in still."""
    unit_of = {agency: Unit(DIMENSION_OF[kind], code) for agency, (kind, code) in units(connection)}
    steps = reached_steps(connection, as_of=as_of)
    services = table_of(PublicService).c
    owners = {
        service: unit_of[agency]
        for service, agency in connection.execute(select(services.id, services.agency_id))
        if agency in unit_of
    }
    waiting = Counter(
        owners[service] for service, step in steps.items() if step in UNUSED and service in owners
    )
    systems = table_of(InformationSystem).c
    found = connection.execute(
        select(systems.id, systems.agency_id).where(
            systems.needs_sign_in, systems.login_state != LoginState.EXCLUSIVE
        )
    )
    return Offer(
        waiting=dict(sorted(waiting.items())),
        systems={str(id_): unit_of[agency] for id_, agency in found if agency in unit_of},
        owners={str(service): unit for service, unit in owners.items()},
    )
