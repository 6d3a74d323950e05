"""Checking what was sent in a part of the form about an application."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple
from uuid import UUID

from starlette.responses import Response

from idp.catalogue.lookup import list_services
from idp.kit.messages import N_
from idp.portal.entry import StaffVisit
from idp.portal.form import ClientForm, metadata_from, service_faults
from idp.portal.form_page import OF_PRODUCTION, Place, Purpose, errors_on, render_form
from idp.portal.form_parts import faults_to_mend
from idp.portal.part import PortalPart
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.field_kinds import Fault
from idp.relying_parties.grant_types import PERSON_GRANTS
from idp.relying_parties.lookup import PartyRecord
from idp.relying_parties.metadata import find_faults, find_production_faults
from idp.web.kept import leave_if_it_fits
from idp.web.part import Site


def take_form(
    visit: StaffVisit,
    place: Place,
    fields: Mapping[str, str],
    *,
    agency_ids: Collection[UUID] = (),
    party_id: str = "",
) -> ClientMetadata | Response:
    """The metadata that was sent; or the way back to the form, and what `show_form` says there.

    What is too long for a browser to carry there is answered at once.

    `agency_ids`: whose services a new application may name; `party_id`: of its row.
    """
    form, base, purpose = place.read(fields), place.base, place.purpose
    metadata = metadata_from(form, base=base)
    wrong, before = (_rule_faults(visit, each, base) for each in (metadata, base))
    faults = [
        *faults_to_mend(place.fields, wrong, before, is_all=purpose in ("new", "production")),
        *_agency_faults(visit, place, form, metadata, agency_ids),
        *(find_production_faults(metadata) if _is_for_production(purpose, metadata, base) else ()),
        *_sector_faults(metadata, place.record),
        *(_fresh_key_faults(metadata, place.record) if purpose == "production" else ()),
    ]
    if not faults:
        return metadata
    left = {"fields": dict(fields), "faults": [astuple(fault) for fault in faults]}
    whose, errors = visit.visitor.session.sid, errors_on(visit, place, faults)
    return leave_if_it_fits(visit.request, place.address, left, whose=whose) or render_form(
        visit, place, form=form, party_id=party_id, errors=errors
    )


def _rule_faults(visit: StaffVisit, metadata: ClientMetadata, base: ClientMetadata) -> list[Fault]:
    levels = _levels(visit, kept=base.default_acr_values)
    return find_faults(metadata, issuer=Site.of(visit.request).issuer, levels=levels)


def _agency_faults(
    visit: StaffVisit,
    place: Place,
    form: ClientForm,
    metadata: ClientMetadata,
    agency_ids: Collection[UUID],
) -> list[Fault]:
    """Of the services, where they are asked for."""
    if "service" not in place.fields.fields:
        return []
    record, kept = place.record, place.base.service
    signs_in = bool({*PERSON_GRANTS} & {*metadata.grant_types})
    own = {record.agency.id} if record else agency_ids
    return service_faults(
        form,
        allowed=list_services(visit.db, agency_ids=own),
        kept=kept,
        is_needed=signs_in and (not place.part or bool(kept)),
    )


def _is_for_production(purpose: Purpose, metadata: ClientMetadata, base: ClientMetadata) -> bool:
    """Whether an operator decides about it next: not where what is live stays as it is."""
    return purpose in OF_PRODUCTION and (purpose != "change" or metadata != base)


def _levels(visit: StaffVisit, *, kept: Iterable[str]) -> frozenset[str]:
    """Those there are, and those that are registered already, which the settings may have lost."""
    assurance = PortalPart.of(visit.request).assurance
    return frozenset({*kept, *(level.acr for level in assurance.levels)})


def _sector_faults(metadata: ClientMetadata, record: PartyRecord | None) -> list[Fault]:
    """The document of a sector is looked at by operators' commands, not by this form."""
    if not metadata.sector_identifier_uri or record is None:
        return []
    added = [uri for uri in metadata.redirect_uris if uri not in record.party.redirect_uris]
    text = N_("Ask an operator to add this address: the application shares a sector.")
    return [Fault("redirect_uris", text, uri[:200]) for uri in added]


def _fresh_key_faults(metadata: ClientMetadata, record: PartyRecord | None) -> list[Fault]:
    """A client that has keys in the sandbox brings others into production, or the same anew."""
    if record is None or not record.metadata.has_keys or metadata.has_keys:
        return []
    return [Fault("jwks", N_("Enter the keys of production: the sandbox's are not taken over."))]
