"""L4-auth: how far the level-4 services have come towards one centralized sign-in."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Connection

from idp.figures.days import DAY
from idp.figures.models import AdoptionServiceUse
from idp.figures.sets import ROLLING_DAYS
from idp.kit.messages import N_
from idp.relying_parties.login_evidence import LoginEvidence, list_login_evidence

SERVICE = "service"
"""The subject kind of the ladder's figures."""


class Step(StrEnum):
    """The rungs, lowest first. ALL is every level-4 service in the registry: the denominator."""

    ALL = "L4_ALL"
    DECLARED = "L4_DECLARED"
    CONFIGURED = "L4_CONFIGURED"
    TESTED = "L4_TESTED"
    IN_USE = "L4_IN_USE"
    EXCLUSIVE = "L4_EXCLUSIVE"


UNUSED = (Step.ALL, Step.DECLARED, Step.CONFIGURED, Step.TESTED)
"""The rungs of a service that nobody uses through this sign-in."""
RUNGS = {
    Step.ALL: N_("Not declared yet"),
    Step.DECLARED: N_("Declared by the agency"),
    Step.CONFIGURED: N_("Configured, with a minimum identity level"),
    Step.TESTED: N_("Tested"),
    Step.IN_USE: N_("In use during the last 365 days"),
    Step.EXCLUSIVE: N_("In use, as the only sign-in"),
}
"""What each is called on pages: how far a level-4 service is."""


def reached_step(evidence: LoginEvidence, *, is_in_use: bool) -> Step:
    """The highest rung there is evidence for; a success in real use proves all rungs below it."""
    if is_in_use:
        return Step.EXCLUSIVE if evidence.is_exclusive else Step.IN_USE
    if evidence.is_configured:
        return Step.TESTED if evidence.is_tested else Step.CONFIGURED
    return Step.DECLARED if evidence.is_declared else Step.ALL


def count_ladder(connection: Connection, *, as_of: date) -> dict[Step, int]:
    """How many level-4 services stand on each rung or higher, by the registry as it is now."""
    return accumulate_steps(reached_steps(connection, as_of=as_of).values())


def reached_steps(connection: Connection, *, as_of: date) -> dict[UUID, Step]:
    """The rung of every level-4 service, by the registry as it is now."""
    since = as_of - (ROLLING_DAYS - 1) * DAY
    in_use = set(
        connection.scalars(
            select(AdoptionServiceUse.service_id).where(AdoptionServiceUse.last_success_on >= since)
        )
    )
    evidence = list_login_evidence(connection, level=4)
    return {e.service_id: reached_step(e, is_in_use=e.service_id in in_use) for e in evidence}


def accumulate_steps(reached: Iterable[Step]) -> dict[Step, int]:
    """For each rung, the number of services on it or above."""
    counts = Counter(reached)
    steps = list(Step)
    return {step: sum(counts[s] for s in steps[i:]) for i, step in enumerate(steps)}
