"""What public services are called, for pages that name those a person has used."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency, PublicService
from idp.kit.languages import Named, name_in


@dataclass(frozen=True)
class ServiceName(Named):
    """A public service and the agency that owns it."""

    agency_name_vi: str
    agency_name_en: str

    def agency_name(self, language: str) -> str:
        """The agency's name in a language."""
        return name_in(language, vietnamese=self.agency_name_vi, english=self.agency_name_en)


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
