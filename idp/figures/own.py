"""An agency's own slice of a frozen month: itself, its services and systems, as they were counted.

True values, for its staff alone; nothing is in it of any other agency.
"""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency, InformationSystem, PublicService
from idp.figures.frozen import FrozenMonth, Outcomes, Slice
from idp.figures.ladder import Step, reached_steps
from idp.figures.slice_rows import MONTH, YEAR, Dimension
from idp.figures.slices import slices
from idp.kit.immutable import immutable
from idp.kit.languages import Named


@immutable
class OwnRow(Named):
    """The agency, a service or a system of it; `before`: the same in the month before."""

    kind: Dimension
    code: str
    now: Slice
    before: Slice | None
    """None: there is no month before."""
    step: Step | None = None
    """Of a level-4 service, how far it is, by the registry as it is now."""

    @property
    def people(self) -> int:
        """Proven people with a sign-in at LoA2 or higher there, in 12 months."""
        return self.now.active.get(YEAR, 0)

    @property
    def people_in_month(self) -> int:
        """The same in the month alone."""
        return self.now.active.get(MONTH, 0)

    @property
    def ended(self) -> Outcomes:
        """How the month's sign-ins ended."""
        return self.now.outcomes

    @property
    def people_change(self) -> int | None:
        """Against the month before."""
        return None if self.before is None else self.people - self.before.active.get(YEAR, 0)

    @property
    def begun_change(self) -> int | None:
        """Sign-ins begun, against the month before."""
        return None if self.before is None else self.ended.begun - self.before.outcomes.begun


@immutable
class Own:
    """The slice: services and systems by how many people they have, those of no use last."""

    month: FrozenMonth
    agency: OwnRow
    services: tuple[OwnRow, ...]
    systems: tuple[OwnRow, ...]

    @property
    def rows(self) -> tuple[OwnRow, ...]:
        """All of it."""
        return self.agency, *self.services, *self.systems


def read_own(db: Session, month: FrozenMonth, before: FrozenMonth | None, *, agency: Agency) -> Own:
    """The agency's slice of the month."""
    services = list(db.scalars(select(PublicService).where(PublicService.agency_id == agency.id)))
    systems = list(
        db.scalars(select(InformationSystem).where(InformationSystem.agency_id == agency.id))
    )
    steps = reached_steps(db.connection(), as_of=month.month_on) if services else {}
    reading = _Reading(db, month, before)
    (own,) = reading.rows(Dimension.AGENCY, {agency.id: agency}, {agency.id: agency.code})
    return Own(
        month,
        own,
        reading.rows(
            Dimension.SERVICE,
            {each.id: each for each in services},
            {each.id: each.procedure_code for each in services},
            steps,
        ),
        reading.rows(
            Dimension.SYSTEM,
            {each.id: each for each in systems},
            {each.id: each.code for each in systems},
        ),
    )


@immutable
class _Reading:
    db: Session
    month: FrozenMonth
    before: FrozenMonth | None

    def rows(
        self,
        kind: Dimension,
        of: Mapping[UUID, Agency | PublicService | InformationSystem],
        codes: Mapping[UUID, str],
        steps: Mapping[UUID, Step] | None = None,
    ) -> tuple[OwnRow, ...]:
        """One for each, whether or not it was used."""
        if not of:
            return ()
        ids = [str(id_) for id_ in of]
        now, before = (
            {each.code: each for each in slices(self.db, month, kind, ids)} if month else None
            for month in (self.month, self.before)
        )
        found = [
            OwnRow(
                each.name_vi,
                each.name_en,
                kind,
                codes[id_],
                (now or {}).get(str(id_), _nothing(id_)),
                None if before is None else before.get(str(id_), _nothing(id_)),
                (steps or {}).get(id_),
            )
            for id_, each in of.items()
        ]
        return tuple(sorted(found, key=lambda row: (-row.people, row.code)))


def _nothing(id_: UUID) -> Slice:
    return Slice(str(id_), {}, 0, Outcomes())
