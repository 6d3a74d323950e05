"""Reading agencies, systems and services."""

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency, InformationSystem, PublicService


def find_agency(db: Session, *, code: str, on: date) -> Agency | None:
    """The agency that bears the code on that day."""
    return db.scalar(
        select(Agency)
        .where(Agency.code == code, Agency.valid_on <= on)
        .where(or_(Agency.ended_on.is_(None), Agency.ended_on > on))
    )


def find_system(db: Session, *, code: str) -> InformationSystem | None:
    """The information system with that code."""
    return db.scalar(select(InformationSystem).where(InformationSystem.code == code))


def list_systems(db: Session, *, agency_ids: Collection[UUID]) -> list[InformationSystem]:
    """The systems of these agencies, by Vietnamese name."""
    rows = db.scalars(select(InformationSystem).where(InformationSystem.agency_id.in_(agency_ids)))
    return sorted(rows, key=lambda system: system.name_vi.casefold())


def find_services(db: Session, *, codes: Iterable[str]) -> dict[str, PublicService]:
    """The services with these procedure codes; codes nobody has are left out."""
    rows = db.scalars(select(PublicService).where(PublicService.procedure_code.in_(tuple(codes))))
    return {row.procedure_code: row for row in rows}


def list_services(db: Session, *, agency_ids: Collection[UUID]) -> list[PublicService]:
    """What staff of these agencies may let a client name, by procedure code.

    Services of the agencies themselves, of the agencies below them, and those their systems serve.
    """
    tree = select(Agency.id).where(Agency.id.in_(agency_ids)).cte("tree", recursive=True)
    tree = tree.union(select(Agency.id).join(tree, Agency.parent_id == tree.c.id))
    systems = select(InformationSystem.id).where(InformationSystem.agency_id.in_(agency_ids))
    return list(
        db.scalars(
            select(PublicService)
            .where(
                or_(
                    PublicService.agency_id.in_(select(tree.c.id)),
                    PublicService.system_id.in_(systems),
                )
            )
            .order_by(PublicService.procedure_code)
        )
    )
