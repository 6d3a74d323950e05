"""The form about an application: what is in it, and what it says as client metadata."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from idp.catalogue.models import PublicService
from idp.kit.messages import N_
from idp.relying_parties.grant_types import IMPLICIT, SERVICE_GRANTS
from idp.relying_parties.metadata import ClientMetadata, Fault

SCOPES = ("profile", "email", "phone", "address", "organization", "offline_access")
"""What an application may be registered to ask for, in the order of the form."""

MOST_CHOICES = 30
"""With more services than this, codes are typed instead of ticked."""

LABELS = {
    "redirect_uris": N_("Redirect URIs"),
    "post_logout_redirect_uris": N_("Addresses after signing out"),
    "backchannel_logout_uri": N_("Address told when people sign out"),
    "frontchannel_logout_uri": N_("Page opened when people sign out"),
    "policy_uri": N_("Privacy policy"),
    "tos_uri": N_("Terms of use"),
    "default_max_age": N_("Sign-ins count for so many seconds"),
    "default_acr_values": N_("Assurance levels it asks for"),
}
"""The fields whose rules do not name them: an error does."""

_MOST_DIGITS = 9
_SCOPE_PREFIX = "scope."
_SERVICE_PREFIX = "service."


@dataclass(frozen=True)
class ClientForm:
    """The values shown in the form."""

    client_name: str
    client_name_en: str
    application_type: str
    redirect_uris: str
    post_logout_redirect_uris: str
    backchannel_logout_uri: str
    frontchannel_logout_uri: str
    policy_uri: str
    tos_uri: str
    default_max_age: str
    require_auth_time: bool
    default_acr_values: str
    scopes: frozenset[str]
    services: frozenset[str]
    service_codes: str
    """The codes as typed, where there are too many services to tick."""


@dataclass(frozen=True)
class ServiceChoice:
    """A service that may be ticked."""

    code: str
    name: str
    required_acr: str


def blank_form() -> ClientForm:
    """A new application: name, address and service are all that must be filled in."""
    return form_of(ClientMetadata(client_name=""))


def form_of(metadata: ClientMetadata) -> ClientForm:
    """The form filled with stored metadata."""
    return ClientForm(
        client_name=metadata.client_name,
        client_name_en=metadata.client_name_en,
        application_type=metadata.application_type,
        redirect_uris="\n".join(metadata.redirect_uris),
        post_logout_redirect_uris="\n".join(metadata.post_logout_redirect_uris),
        backchannel_logout_uri=metadata.backchannel_logout_uri,
        frontchannel_logout_uri=metadata.frontchannel_logout_uri,
        policy_uri=metadata.policy_uri,
        tos_uri=metadata.tos_uri,
        default_max_age="" if metadata.default_max_age is None else str(metadata.default_max_age),
        require_auth_time=metadata.require_auth_time,
        default_acr_values=" ".join(metadata.default_acr_values),
        scopes=frozenset(metadata.scope.split()),
        services=frozenset(metadata.service),
        service_codes="\n".join(metadata.service),
    )


def read_form(fields: Mapping[str, str]) -> ClientForm:
    """The form as it was sent."""
    codes = fields.get("service", "")
    ticked = {
        key.removeprefix(_SERVICE_PREFIX)
        for key, value in fields.items()
        if key.startswith(_SERVICE_PREFIX) and value
    }
    asked = {
        key.removeprefix(_SCOPE_PREFIX)
        for key, value in fields.items()
        if key.startswith(_SCOPE_PREFIX) and value
    }
    return ClientForm(
        client_name=" ".join(fields.get("client_name", "").split()),
        client_name_en=" ".join(fields.get("client_name_en", "").split()),
        application_type=fields.get("application_type", "web"),
        redirect_uris=fields.get("redirect_uris", ""),
        post_logout_redirect_uris=fields.get("post_logout_redirect_uris", ""),
        backchannel_logout_uri=fields.get("backchannel_logout_uri", "").strip(),
        frontchannel_logout_uri=fields.get("frontchannel_logout_uri", "").strip(),
        policy_uri=fields.get("policy_uri", "").strip(),
        tos_uri=fields.get("tos_uri", "").strip(),
        default_max_age=fields.get("default_max_age", "").strip(),
        require_auth_time=bool(fields.get("require_auth_time")),
        default_acr_values=fields.get("default_acr_values", ""),
        scopes=frozenset(asked & set(SCOPES)),
        services=frozenset(ticked | set(codes.replace(",", " ").split())),
        service_codes=codes,
    )


def metadata_from(form: ClientForm, *, base: ClientMetadata) -> ClientMetadata:
    """The metadata the form asks for; what it does not speak of stays as in `base`."""
    is_native = form.application_type == "native"
    method = base.token_endpoint_auth_method
    if is_native:
        method = "none"
    elif method == "none":
        method = "client_secret_basic"
    grants = {*base.grant_types} - {"refresh_token"}
    if IMPLICIT not in grants:
        grants.add("authorization_code")
    if "offline_access" in form.scopes:
        grants.add("refresh_token")
    if is_native:
        grants -= set(SERVICE_GRANTS)
    kept = [s for s in base.scope.split() if s not in (*SCOPES, "openid")]
    return replace(
        base,
        client_name=form.client_name,
        client_name_en=form.client_name_en,
        application_type=form.application_type,
        redirect_uris=tuple(form.redirect_uris.split()),
        post_logout_redirect_uris=tuple(form.post_logout_redirect_uris.split()),
        backchannel_logout_uri=form.backchannel_logout_uri,
        frontchannel_logout_uri=form.frontchannel_logout_uri,
        policy_uri=form.policy_uri,
        tos_uri=form.tos_uri,
        default_max_age=_seconds(form.default_max_age),
        require_auth_time=form.require_auth_time,
        default_acr_values=tuple(form.default_acr_values.replace(",", " ").split()),
        token_endpoint_auth_method=method,
        require_pkce=base.require_pkce or is_native,
        grant_types=tuple(sorted(grants)),
        scope=" ".join(["openid", *(s for s in SCOPES if s in form.scopes), *kept]),
        service=tuple(sorted(form.services)),
    )


def _seconds(text: str) -> int | None:
    """The number typed; below zero, which is refused, for what is none."""
    if not text:
        return None
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else -1


def service_faults(
    form: ClientForm, *, allowed: Iterable[PublicService], kept: Iterable[str] = ()
) -> list[Fault]:
    """Services that staff of the agency may not name; those in `kept` were given by an operator."""
    codes = {service.procedure_code for service in allowed} | set(kept)
    if not form.services and codes:
        return [Fault("service", "Choose at least one service.")]
    sentence = N_("This procedure code is not a service of your agency.")
    return [
        Fault("service", sentence, code[:40]) for code in sorted(form.services) if code not in codes
    ]


def errors_of(faults: Iterable[Fault], translate: Callable[[str], str]) -> dict[str, str]:
    """The first fault of each field, in the visitor's language, naming field and value."""
    errors: dict[str, str] = {}
    for fault in faults:
        about = f"{translate(LABELS[fault.field])} – " if fault.field in LABELS else ""
        about += f"{fault.value}: " if fault.value else ""
        errors.setdefault(fault.field, about + translate(fault.sentence))
    return errors
