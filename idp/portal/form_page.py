"""Showing a part of the form about an application."""

from collections.abc import Iterable, Mapping
from typing import Literal
from urllib.parse import urlencode
from uuid import uuid4

from starlette.responses import RedirectResponse, Response

from idp.catalogue.lookup import list_services
from idp.kit.immutable import immutable
from idp.kit.secrets import new_token
from idp.portal.applications import ServiceLine, service_line
from idp.portal.entry import Frame, StaffVisit
from idp.portal.form import (
    MOST_CHOICES,
    ROWS,
    ClientForm,
    errors_of,
    form_of,
    read_form,
)
from idp.portal.form_parts import (
    NEW,
    PARTS,
    Part,
    part_of,
    production_part,
)
from idp.relying_parties.client_fields import ClientMetadata, for_production
from idp.relying_parties.field_kinds import ClientField, Fault
from idp.relying_parties.grant_types import REDIRECT_GRANTS
from idp.relying_parties.lookup import PartyRecord
from idp.relying_parties.scopes import CHOSEN_SCOPES
from idp.relying_parties.waiting import proposed_metadata
from idp.web.kept import read_left
from idp.web.language import language_of
from idp.web.templates import Pages, render

Purpose = Literal["new", "edit", "production", "resubmit", "change"]
"""A new sandbox application; another look at one; a first request for production; the same after it
was sent back or before it was decided; a change of one that is live in production."""

OF_PRODUCTION = ("production", "resubmit", "change")


@immutable
class FormPage:
    """A part of the form."""

    frame: Frame
    purpose: Purpose
    part: Part
    action: str
    back: str
    form: ClientForm
    rows: Mapping[str, ClientField]
    has_redirect: bool
    """Whether people return to it: machines and devices have no address."""
    errors: Mapping[str, str]
    services: tuple[ServiceLine, ...]
    are_services_ticked: bool
    system: tuple[str, str]
    """Code and name of the one that a new application is for."""
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
    scopes = CHOSEN_SCOPES


@immutable
class Place:
    """Which form it is: about what, for what, and which part of it.

    `record` is None for an application to come, in the system of that code and name; `part` is the
    name of one of `PARTS`, empty for a form that has but one page.
    """

    purpose: Purpose
    record: PartyRecord | None = None
    part: str = ""
    system: tuple[str, str] = ("", "")

    @property
    def fields(self) -> Part:
        """What is asked for there."""
        if self.part:
            return PARTS[self.part]
        if self.record is None:
            return NEW
        return production_part(self.record.metadata)

    @property
    def address(self) -> str:
        """Where the form is."""
        if self.record is None:
            return f"/portal/new?{urlencode({'system': self.system[0]})}"
        path = application_path(self.record.party.client_id)
        return f"{path}/edit/{self.part}" if self.part else f"{path}/production"

    @property
    def base(self) -> ClientMetadata:
        """What it shows while nothing is typed: what is registered, or the change that waits."""
        return shown_metadata(self.record, self.purpose)

    def read(self, fields: Mapping[str, str]) -> ClientForm:
        """The form with what was sent of this part."""
        return read_form(fields, shown=form_of(self.base), names=self.fields.fields)

    def way_to(self, field: str) -> str:
        """Where that field can be mended: here by its name, or in another part; empty for none."""
        if field in self.fields.fields:
            return field
        part = part_of(field)
        if self.record is None or not part:
            return ""
        return f"{application_path(self.record.party.client_id)}/edit/{part}#{field}"


def render_form(
    visit: StaffVisit,
    place: Place,
    *,
    form: ClientForm,
    party_id: str = "",
    errors: Mapping[str, str] | None = None,
    is_stopped: bool = False,
) -> Response:
    """That part of the form."""
    record, purpose = place.record, place.purpose
    language = language_of(visit.request)
    choices = _choices(visit, record, language) if "service" in place.fields.fields else ()
    page = FormPage(
        frame=visit.visitor.frame,
        purpose=purpose,
        part=place.fields,
        action=place.address.partition("?")[0],
        back=application_path(record.party.client_id) if record else "/portal",
        form=form,
        rows=ROWS,
        has_redirect=record is None or bool({*REDIRECT_GRANTS} & {*record.metadata.grant_types}),
        errors=errors or {},
        services=choices,
        are_services_ticked=len(choices) <= MOST_CHOICES,
        system=place.system,
        party_id=party_id,
        name=record.party.name(language) if record else "",
        may_submit=record is None or visit.visitor.may_submit(record),
        is_purpose_needed=purpose in OF_PRODUCTION,
        once=new_token() if purpose == "new" else "",
        is_stopped=is_stopped,
    )
    status = 409 if is_stopped else 200
    return render(visit.request, "portal/form.html", page, status=status)


def show_form(visit: StaffVisit, place: Place) -> Response:
    """That form; or as it was sent and refused last, with every rule that it breaks."""
    left = read_left(visit.request, whose=visit.visitor.session.sid)
    fields, faults = left.get("fields", {}), [Fault(*told) for told in left.get("faults", ())]
    return render_form(
        visit,
        place,
        form=place.read(fields) if left else form_of(place.base),
        party_id=fields.get("party_id", str(uuid4())),
        errors=errors_on(visit, place, faults),
    )


def errors_on(visit: StaffVisit, place: Place, faults: Iterable[Fault]) -> dict[str, str]:
    """By where each is mended."""
    translate = Pages.of(visit.request).catalogue(language_of(visit.request)).gettext
    errors: dict[str, list[str]] = {}
    for name, sentence in errors_of(faults, translate).items():
        errors.setdefault(place.way_to(name), []).append(sentence)
    return {way: " ".join(sentences) for way, sentences in errors.items()}


def keep_form(visit: StaffVisit, place: Place, fields: Mapping[str, str]) -> Response:
    """What was typed, and that nothing was saved: it is suspended, or its sandbox application."""
    return render_form(visit, place, form=place.read(fields), is_stopped=True)


def shown_metadata(record: PartyRecord | None, purpose: Purpose) -> ClientMetadata:
    """What the form shows while nothing is typed: what is registered, or the change that waits."""
    if record is None:
        return ClientMetadata()
    if purpose == "production":
        return for_production(record.metadata)
    return proposed_metadata(record.party, current=record.metadata) or record.metadata


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
