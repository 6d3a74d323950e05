"""Showing the form about an application, and checking what was sent in it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Any, Literal
from uuid import UUID, uuid4

from starlette.responses import RedirectResponse, Response

from idp.catalogue.lookup import list_services
from idp.kit.messages import N_
from idp.kit.secrets import new_token
from idp.portal.applications import ServiceLine, service_line
from idp.portal.entry import Frame, StaffVisit
from idp.portal.form import (
    MOST_CHOICES,
    ROWS,
    ClientForm,
    errors_of,
    metadata_from,
    read_form,
    service_faults,
)
from idp.portal.part import PortalPart
from idp.relying_parties.client_fields import ClientMetadata, for_production
from idp.relying_parties.field_kinds import ClientField, Fault
from idp.relying_parties.grant_types import PERSON_GRANTS, REDIRECT_GRANTS
from idp.relying_parties.lookup import PartyRecord
from idp.relying_parties.metadata import find_faults, find_production_faults
from idp.relying_parties.waiting import proposed_metadata
from idp.web.kept import leave_if_it_fits, read_left
from idp.web.language import language_of
from idp.web.part import Site
from idp.web.templates import Pages, render

Purpose = Literal["new", "edit", "production", "resubmit", "change"]
"""A new sandbox application; another look at one; a first request for production; the same after it
was sent back or before it was decided; a change of one that is live in production."""

_OF_PRODUCTION = ("production", "resubmit", "change")


@dataclass(frozen=True)
class FormPage:
    """The form."""

    frame: Frame
    purpose: Purpose
    action: str
    back: str
    form: ClientForm
    rows: Mapping[str, ClientField]
    has_redirect: bool
    """Whether people return to it: machines and devices have no address."""
    errors: Mapping[str, str]
    services: tuple[ServiceLine, ...]
    are_services_ticked: bool
    systems: tuple[tuple[str, str], ...]
    system: str
    party_id: str
    name: str
    may_submit: bool
    """Whether an operator sees it next; else an owner of the agency."""
    is_purpose_needed: bool = False
    """Whether it is for production, where people must be told what their data is for."""
    once: str = ""
    """What the secret of a new application is made of."""
    is_stopped: bool = False
    """Whether nothing is saved now."""


def render_form(
    visit: StaffVisit,
    *,
    form: ClientForm,
    purpose: Purpose,
    record: PartyRecord | None = None,
    systems: tuple[tuple[str, str], ...] = (),
    system: str = "",
    party_id: str = "",
    errors: Mapping[str, str] | None = None,
    is_stopped: bool = False,
) -> Response:
    """The form about `record`, or about an application to come in one of `systems`."""
    language, address = language_of(visit.request), _address(purpose, record)
    choices = _choices(visit, record, language)
    page = FormPage(
        frame=visit.visitor.frame,
        purpose=purpose,
        action=address,
        back=application_path(record.party.client_id) if record else "/portal",
        form=form,
        rows=ROWS,
        has_redirect=record is None or bool({*REDIRECT_GRANTS} & {*record.metadata.grant_types}),
        errors=errors or {},
        services=choices,
        are_services_ticked=len(choices) <= MOST_CHOICES,
        systems=systems,
        system=system,
        party_id=party_id,
        name=record.party.name(language) if record else "",
        may_submit=record is None or visit.visitor.may_submit(record),
        is_purpose_needed=purpose in _OF_PRODUCTION,
        once=new_token() if purpose == "new" else "",
        is_stopped=is_stopped,
    )
    status = 409 if is_stopped else 200
    return render(visit.request, "portal/form.html", page, status=status)


def _address(purpose: Purpose, record: PartyRecord | None) -> str:
    """Where the form is, and is sent to."""
    if record is None:
        return "/portal/new"
    page = "production" if purpose == "production" else "edit"
    return f"{application_path(record.party.client_id)}/{page}"


def show_form(
    visit: StaffVisit,
    *,
    form: ClientForm,
    purpose: Purpose,
    record: PartyRecord | None = None,
    systems: tuple[tuple[str, str], ...] = (),
    system: str = "",
) -> Response:
    """That form; or as it was sent and refused last, with every rule that it breaks."""
    left = read_left(visit.request, whose=visit.visitor.session.sid)
    fields, faults = left.get("fields", {}), [Fault(*told) for told in left.get("faults", ())]
    return render_form(
        visit,
        form=read_form(fields) if left else form,
        purpose=purpose,
        record=record,
        systems=systems,
        system=fields.get("system", system),
        party_id=fields.get("party_id", str(uuid4())),
        errors=errors_of(faults, _translator(visit)),
    )


def _translator(visit: StaffVisit) -> Callable[[str], str]:
    return Pages.of(visit.request).catalogue(language_of(visit.request)).gettext


def keep_form(
    visit: StaffVisit, fields: Mapping[str, str], *, purpose: Purpose, record: PartyRecord
) -> Response:
    """What was typed, and that nothing was saved: it is suspended, or its sandbox application."""
    form = read_form(fields)
    return render_form(visit, form=form, purpose=purpose, record=record, is_stopped=True)


def take_form(
    visit: StaffVisit,
    fields: Mapping[str, str],
    *,
    purpose: Purpose,
    record: PartyRecord | None = None,
    faults: Iterable[Fault] = (),
    agency_ids: Collection[UUID] = (),
    **choices: Any,
) -> ClientMetadata | Response:
    """The metadata that was sent; or the way back to the form, and what `show_form` says there.

    What is too long for a browser to carry there is answered at once.

    `agency_ids`: whose services a new application may name. `choices` are passed on to
    `render_form`.
    """
    form, base = read_form(fields), shown_metadata(record, purpose)
    metadata = metadata_from(form, base=base)
    signs_in = bool({*PERSON_GRANTS} & {*metadata.grant_types})
    faults = [
        *faults,
        *find_faults(
            metadata,
            issuer=Site.of(visit.request).issuer,
            levels=_levels(visit, kept=base.default_acr_values),
        ),
        *service_faults(
            form,
            allowed=list_services(
                visit.db, agency_ids={record.agency.id} if record else agency_ids
            ),
            kept=base.service,
            is_needed=signs_in and (purpose in ("new", "production") or bool(base.service)),
        ),
        *(find_production_faults(metadata) if _is_for_production(purpose, metadata, base) else ()),
        *_sector_faults(metadata, record),
        *(_fresh_key_faults(metadata, record) if purpose == "production" else ()),
    ]
    if not faults:
        return metadata
    left = {"fields": dict(fields), "faults": [astuple(fault) for fault in faults]}
    address, whose = _address(purpose, record), visit.visitor.session.sid
    errors = errors_of(faults, _translator(visit))
    return leave_if_it_fits(visit.request, address, left, whose=whose) or render_form(
        visit, form=form, purpose=purpose, record=record, errors=errors, **choices
    )


def _is_for_production(purpose: Purpose, metadata: ClientMetadata, base: ClientMetadata) -> bool:
    """Whether an operator decides about it next: not where what is live stays as it is."""
    return purpose in _OF_PRODUCTION and (purpose != "change" or metadata != base)


def shown_metadata(record: PartyRecord | None, purpose: Purpose) -> ClientMetadata:
    """What the form shows while nothing is typed: what is registered, or the change that waits."""
    if record is None:
        return ClientMetadata()
    if purpose == "production":
        return for_production(record.metadata)
    return proposed_metadata(record.party, current=record.metadata) or record.metadata


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


def application_path(client_id: str) -> str:
    """The page of an application."""
    return f"/portal/applications/{client_id}"


def to_application(client_id: str) -> RedirectResponse:
    """Go to the page of an application."""
    return RedirectResponse(application_path(client_id), status_code=303)


def _choices(
    visit: StaffVisit, record: PartyRecord | None, language: str
) -> tuple[ServiceLine, ...]:
    agency_ids = {record.agency.id} if record else visit.visitor.agency_ids
    own = list_services(visit.db, agency_ids=agency_ids)
    named = record.services if record else ()
    services = {service.procedure_code: service for service in (*own, *named)}
    return tuple(service_line(services[code], language) for code in sorted(services))
