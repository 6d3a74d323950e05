"""The form about an application: what is in it, and what it says as client metadata.

Saved as it is shown, it changes nothing: what it does not speak of stays, as other parts of it do,
and so does what it shows otherwise than it is registered.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from idp.catalogue.models import PublicService
from idp.kit.immutable import immutable
from idp.kit.messages import N_
from idp.relying_parties.client_fields import FIELDS, ClientMetadata
from idp.relying_parties.field_kinds import By, ClientField, Fault
from idp.relying_parties.grant_types import SERVICE_GRANTS
from idp.relying_parties.scopes import CHOSEN_SCOPES

ROWS = {name: row for name, row in FIELDS.items() if By.AGENCY in row.by}
"""The fields of the form, in its order."""

MOST_CHOICES = 5
"""With more services than this, codes are typed instead of ticked."""

_CHOSEN = ("service", "scope", "token_endpoint_auth_method")
"""Fields that are not typed as they are registered."""
_TYPED = {name: row for name, row in ROWS.items() if name not in _CHOSEN}


@immutable
class ClientForm:
    """The values shown in the form."""

    typed: Mapping[str, str]
    """By the name of the field."""
    proof: str
    """How it proves itself: `secret`, `none`, or empty for what is usual for its kind."""
    scopes: frozenset[str]
    services: frozenset[str]
    service_codes: str
    """The codes as typed, where there are too many services to tick."""


def form_of(metadata: ClientMetadata) -> ClientForm:
    """The form filled with stored metadata."""
    is_usual = metadata.is_public is (metadata.application_type == "native")
    return ClientForm(
        typed={name: _written(row, getattr(metadata, name)) for name, row in _TYPED.items()},
        proof="" if is_usual else "none" if metadata.is_public else "secret",
        scopes=_chosen(metadata),
        services=frozenset(metadata.service),
        service_codes="\n".join(metadata.service),
    )


def read_form(
    fields: Mapping[str, str], *, shown: ClientForm, names: Collection[str]
) -> ClientForm:
    """The form as it was sent: of those fields; the others are as they were shown elsewhere."""
    codes = fields.get("service", "")
    chosen: dict[str, Any] = {
        "token_endpoint_auth_method": {"proof": fields.get("token_endpoint_auth_method", "")},
        "scope": {"scopes": _ticked(fields, "scope.") & {*CHOSEN_SCOPES}},
        "service": {
            "services": _ticked(fields, "service.") | {*codes.replace(",", " ").split()},
            "service_codes": codes,
        },
    }
    sent = {name: _typed(row, fields) for name, row in _TYPED.items() if name in names}
    form = replace(shown, typed={**shown.typed, **sent})
    for name in _CHOSEN:
        form = replace(form, **chosen[name]) if name in names else form
    return form


def _written(row: ClientField, value: Any) -> str:
    """As the form shows it: choices that are ticked in their order, whatever it was before."""
    is_ticked = row.kind.control == "boxes"
    return row.kind.write([c for c in row.choices if c in value] if is_ticked else value)


def _typed(row: ClientField, fields: Mapping[str, str]) -> str:
    """As it was sent; of what was not sent, the default."""
    if row.kind.control == "boxes":
        return _written(row, _ticked(fields, f"{row.name}."))
    return fields.get(row.name, row.kind.write(row.default))


def _ticked(fields: Mapping[str, str], prefix: str) -> frozenset[str]:
    names = (name for name, value in fields.items() if name.startswith(prefix) and value)
    return frozenset(name.removeprefix(prefix) for name in names)


def _chosen(metadata: ClientMetadata) -> frozenset[str]:
    return frozenset(metadata.scope.split()) & {*CHOSEN_SCOPES}


def metadata_from(form: ClientForm, *, base: ClientMetadata) -> ClientMetadata:
    """The metadata the form asks for of a client that has `base`."""
    shown = form_of(base)
    typed: dict[str, Any] = {
        name: row.kind.read(form.typed[name])
        for name, row in _TYPED.items()
        if row.kind.read(form.typed[name]) != row.kind.read(shown.typed[name])
    }
    changed = replace(base, **typed, scope=_scope(form, base), service=tuple(sorted(form.services)))
    method = _method(form, changed)
    return replace(
        changed,
        token_endpoint_auth_method=method,
        require_pkce=base.require_pkce or method == "none",
        grant_types=_grants(form, base, is_public=method == "none"),
    )


def _scope(form: ClientForm, base: ClientMetadata) -> str:
    """Values that agencies do not choose stay."""
    before = _chosen(base)
    if form.scopes == before:
        return base.scope
    kept = [value for value in base.scope.split() if value not in before - form.scopes]
    return " ".join([*kept, *(name for name in CHOSEN_SCOPES if name in form.scopes - before)])


def _method(form: ClientForm, client: ClientMetadata) -> str:
    """A client that proves itself goes on to do so in the way it registered."""
    usual = "none" if client.application_type == "native" else "secret"
    proof = form.proof if form.proof in ("none", "secret") else usual
    if proof == "none":
        return "none"
    return "client_secret_basic" if client.is_public else client.token_endpoint_auth_method


def _grants(form: ClientForm, base: ClientMetadata, *, is_public: bool) -> tuple[str, ...]:
    """Refresh tokens come and go with access while away; public clients act for people alone."""
    grants = [g for g in base.grant_types if not (is_public and g in SERVICE_GRANTS)]
    was, will_be = ("offline_access" in scopes for scopes in (_chosen(base), form.scopes))
    if was and not will_be:
        return tuple(grant for grant in grants if grant != "refresh_token")
    if will_be and not was and "refresh_token" not in grants:
        grants.append("refresh_token")
    return tuple(grants)


def service_faults(
    form: ClientForm,
    *,
    allowed: Iterable[PublicService],
    kept: Iterable[str] = (),
    is_needed: bool = True,
) -> list[Fault]:
    """Services that staff of the agency may not name; those in `kept` were given by an operator."""
    codes = {service.procedure_code for service in allowed} | set(kept)
    if is_needed and not form.services and codes:
        return [Fault("service", "Choose at least one service.")]
    sentence = N_("This procedure code is not a service of your agency.")
    return [
        Fault("service", sentence, code[:40]) for code in sorted(form.services) if code not in codes
    ]


def errors_of(faults: Iterable[Fault], translate: Callable[[str], str]) -> dict[str, str]:
    """What is wrong with each field, in the visitor's language: its name, then every wrong value.

    A sentence stands once, after all the values that it is about.
    """
    told: dict[str, dict[str, list[str]]] = {}
    for fault in faults:
        values = told.setdefault(fault.field, {}).setdefault(translate(fault.sentence), [])
        values.extend([fault.value] if fault.value else [])
    return {name: _about(name, sentences, translate) for name, sentences in told.items()}


def _about(name: str, sentences: Mapping[str, list[str]], translate: Callable[[str], str]) -> str:
    row = FIELDS.get(name)
    about = f"{translate(row.label or row.name)} – " if row else ""
    return about + " ".join(
        f"{', '.join(values)}: {sentence}" if values else sentence
        for sentence, values in sentences.items()
    )
