"""Ids by their names, looked up for many at once: one statement for each kind of id."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.catalogue.lookup import find_service_names
from idp.catalogue.models import Agency
from idp.factors.key_models import NO_MODELS, KeyModels
from idp.journal.sources import find_addresses
from idp.kit.crypto import Keyring
from idp.organizations.models import Organization
from idp.organizations.register import find_organization_names
from idp.personal_data.section import Names
from idp.relying_parties.lookup import find_party_names


class NameBook:
    """First every id is noted, then all are looked up, then each is named."""

    def __init__(
        self, db: Session, *, keyring: Keyring, language: str, models: KeyModels = NO_MODELS
    ) -> None:
        self._db, self._keyring, self._language = db, keyring, language
        self._models = models
        self._ids: dict[Names, set[Any]] = defaultdict(set)
        self._names: dict[tuple[Names, Any], str] = {}

    def note(self, kind: Names, values: Iterable[Any]) -> None:
        """Ids, lists of ids, or None."""
        for value in values:
            self._ids[kind].update(value if isinstance(value, list) else [value])

    def look_up(self) -> None:
        """Find the names of all that was noted. None for what names itself."""
        for kind, ids in self._ids.items():
            wanted = ids - {None}
            self._names |= {(kind, one): name for one, name in self._find(kind, wanted).items()}

    def name(self, kind: Names, value: Any) -> Any:
        """The name of an id, those of a list; None for none, and for what is not known any more."""
        if isinstance(value, list):
            return [self._names.get((kind, one), "") for one in value]
        return self._names.get((kind, value))

    def _find(self, kind: Names, ids: set[Any]) -> dict[Any, str]:
        find = {
            Names.PARTY: self._parties,
            Names.SERVICE: self._services,
            Names.AGENCY: self._agencies,
            Names.ORGANIZATION: self._organizations,
            Names.ORGANIZATION_NUMBER: self._by_number,
            Names.SOURCE: self._addresses,
            Names.KEY_MODEL: self._key_models,
        }.get(kind)
        return find(ids) if find and ids else {}

    def _parties(self, ids: set[Any]) -> dict[Any, str]:
        language, found = self._language, find_party_names(self._db, party_ids=ids)
        return {
            one: f"{party.name(language)} ({party.agency_name(language)})"
            for one, party in found.items()
        }

    def _services(self, ids: set[Any]) -> dict[Any, str]:
        found = find_service_names(self._db, service_ids=ids)
        return {one: service.name(self._language) for one, service in found.items()}

    def _agencies(self, ids: set[Any]) -> dict[Any, str]:
        agencies = self._db.scalars(select(Agency).where(Agency.id.in_(ids)))
        return {agency.id: agency.name(self._language) for agency in agencies}

    def _organizations(self, ids: set[Any]) -> dict[Any, str]:
        rows = select(Organization.id, Organization.name).where(Organization.id.in_(ids))
        return {row.id: row.name for row in self._db.execute(rows)}

    def _by_number(self, ids: set[Any]) -> dict[Any, str]:
        return dict(find_organization_names(self._db, numbers=ids))

    def _addresses(self, ids: set[Any]) -> dict[Any, str]:
        return dict(find_addresses(self._db, source_ids=ids, keyring=self._keyring))

    def _key_models(self, ids: set[Any]) -> dict[Any, str]:
        """By the number that its maker gave it, where it is listed no more."""
        return {one: self._models[one].name if one in self._models else str(one) for one in ids}
