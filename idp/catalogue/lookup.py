"""Reading agencies, systems and services."""

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Select, func, or_, select, union
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency, InformationSystem, PublicService
from idp.kit.immutable import immutable
from idp.kit.languages import Named, name_in


@immutable
class ServiceName(Named):
    """A public service and the agency that owns it."""

    agency_name_vi: str
    agency_name_en: str

    def agency_name(self, language: str) -> str:
        """The agency's name in a language."""
        return name_in(language, vietnamese=self.agency_name_vi, english=self.agency_name_en)


def find_agency(db: Session, *, code: str, on: date) -> Agency | None:
    """The agency that bears the code on that day."""
    return db.scalar(
        select(Agency)
        .where(Agency.code == code, Agency.valid_on <= on)
        .where(or_(Agency.ended_on.is_(None), Agency.ended_on > on))
    )


def list_bearers(db: Session, *, code: str) -> list[Agency]:
    """Every agency that bears the code or ever did, the newest first."""
    newest = Agency.valid_on.desc()
    return list(db.scalars(select(Agency).where(Agency.code == code).order_by(newest)))


def list_agencies(db: Session, *, agency_ids: Collection[UUID]) -> list[Agency]:
    """These agencies, by code; whether or not they still stand."""
    return list(db.scalars(select(Agency).where(Agency.id.in_(agency_ids)).order_by(Agency.code)))


def find_system(db: Session, *, code: str) -> InformationSystem | None:
    """The information system with that code."""
    return db.scalar(select(InformationSystem).where(InformationSystem.code == code))


def list_systems(db: Session, *, agency_ids: Collection[UUID]) -> list[InformationSystem]:
    """The systems of these agencies, by Vietnamese name."""
    rows = db.scalars(select(InformationSystem).where(InformationSystem.agency_id.in_(agency_ids)))
    return sorted(rows, key=lambda system: system.name_vi.casefold())


def list_every_system(db: Session) -> list[InformationSystem]:
    """Every system in the register, by code."""
    return list(db.scalars(select(InformationSystem).order_by(InformationSystem.code)))


def find_services(db: Session, *, codes: Iterable[str]) -> dict[str, PublicService]:
    """The services with these procedure codes; codes nobody has are left out."""
    rows = db.scalars(select(PublicService).where(PublicService.procedure_code.in_(tuple(codes))))
    return {row.procedure_code: row for row in rows}


def list_services(db: Session, *, agency_ids: Collection[UUID]) -> list[PublicService]:
    """What staff of these agencies may let a client name, by procedure code.

    Services of the agencies themselves, of the agencies below them, and those their systems serve.
    """
    statement = select(PublicService).where(_is_matter_of(Agency.id.in_(agency_ids)))
    return list(db.scalars(statement.order_by(PublicService.procedure_code)))


def count_own_services(db: Session, *, agency_ids: Collection[UUID]) -> int:
    """How many `list_services` has of these agencies."""
    own = _is_matter_of(Agency.id.in_(agency_ids))
    return db.scalar(select(func.count()).select_from(PublicService).where(own)) or 0


def count_services(db: Session) -> dict[str, int]:
    """How many public services need each acr. One statement."""
    acr = PublicService.required_acr
    rows = db.execute(select(acr, func.count().label("number")).group_by(acr))
    return {row.required_acr: row.number for row in rows}


def find_foreign_services(db: Session, *, codes: Collection[str], system_id: UUID) -> set[str]:
    """Those of the codes that are no matter of the system's agency, as `list_services` has it."""
    if not codes:
        return set()
    agency = select(InformationSystem.agency_id).where(InformationSystem.id == system_id)
    own = _is_matter_of(Agency.id.in_(agency))
    named = PublicService.procedure_code.in_(codes)
    return {*codes} - {*db.scalars(select(PublicService.procedure_code).where(named, own))}


def line_of_agency(agency_id: UUID) -> CompoundSelect[tuple[UUID]]:
    """That agency, all above it and all below: whoever works for one has a part in the others."""
    own = select(Agency.id, Agency.parent_id).where(Agency.id == agency_id)
    above = own.cte("above", recursive=True)
    parents = select(Agency.id, Agency.parent_id).join(above, Agency.id == above.c.parent_id)
    above = above.union(parents)
    return union(select(above.c.id), tree_of_agency(agency_id))


def tree_of_agency(agency_id: UUID) -> Select[tuple[UUID]]:
    """That agency and all below it."""
    below = select(Agency.id).where(Agency.id == agency_id).cte("below", recursive=True)
    below = below.union(select(Agency.id).join(below, Agency.parent_id == below.c.id))
    return select(below.c.id)


def _is_matter_of(agencies: ColumnElement[bool]) -> ColumnElement[bool]:
    tree = select(Agency.id).where(agencies).cte("tree", recursive=True)
    tree = tree.union(select(Agency.id).join(tree, Agency.parent_id == tree.c.id))
    systems = select(InformationSystem.id).join(Agency).where(agencies)
    return or_(PublicService.agency_id.in_(select(tree.c.id)), PublicService.system_id.in_(systems))


def find_service_names(db: Session, *, service_ids: Collection[UUID]) -> dict[UUID, ServiceName]:
    """The names of those services, by id. One statement, none for nothing."""
    if not service_ids:
        return {}
    rows = db.execute(
        select(
            PublicService.id,
            PublicService.name_vi,
            PublicService.name_en,
            Agency.name_vi,
            Agency.name_en,
        )
        .join(Agency, Agency.id == PublicService.agency_id)
        .where(PublicService.id.in_(service_ids))
    )
    return {row[0]: ServiceName(*row[1:]) for row in rows}
