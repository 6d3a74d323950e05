"""The form about an application in parts: which of its fields are on which page.

Each is saved by itself: what must be right in the same moment is in one part. What a part makes
wrong in another is told, with the way there.
"""

from collections.abc import Iterable, Mapping

from idp.kit.immutable import immutable
from idp.kit.messages import N_
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.field_kinds import Fault


@immutable
class Part:
    """Some of the fields, in the order of the page."""

    fields: tuple[str, ...]
    title: str = ""
    """In English, still to be translated; empty for a page that has a title of its own."""


PARTS: Mapping[str, Part] = {
    "name": Part(("client_name", "client_name_en", "service"), N_("Name and services")),
    "addresses": Part(
        ("application_type", "token_endpoint_auth_method", "redirect_uris"),
        N_("Kind and addresses"),
    ),
    "sign-out": Part(
        ("post_logout_redirect_uris", "backchannel_logout_uri", "frontchannel_logout_uri"),
        N_("When people sign out"),
    ),
    "purpose": Part(
        ("purpose_vi", "purpose_en", "policy_uri", "claim_purposes_vi", "claim_purposes_en"),
        N_("Purpose and policy"),
    ),
    "data": Part(("scope", "needed_claims", "claims_in_id_token"), N_("Data it asks for")),
    "pages": Part(
        ("client_uri", "logo_uri", "tos_uri", "help_uri", "initiate_login_uri"), N_("Its pages")
    ),
    "sign-in": Part(
        ("default_max_age", "default_acr_values", "require_auth_time"), N_("Signing in")
    ),
    "keys": Part(("jwks", "jwks_uri"), N_("Keys")),
}
"""By what stands in the address; every field that agencies set is in one of them."""

NEW = Part(
    (
        "system",
        "client_name",
        "application_type",
        "token_endpoint_auth_method",
        "redirect_uris",
        "service",
    )
)
"""What an application cannot be registered without; the rest is as usual until it is changed."""
_NEEDED = ("redirect_uris", "purpose_vi", "purpose_en", "policy_uri")
_DIFFER = (*PARTS["sign-out"].fields, *PARTS["keys"].fields)


def production_part(sandbox: ClientMetadata) -> Part:
    """What production needs, and what that sandbox application has that is another there.

    The rest is taken over, its services among them. Keys are not: where it has some, others are
    asked for, either way.
    """
    keys = PARTS["keys"].fields if sandbox.has_keys else ()
    own = [name for name in _DIFFER if name in keys or getattr(sandbox, name)]
    return Part((*_NEEDED, *own, *(() if sandbox.service else ("service",))))


def part_of(field: str) -> str:
    """In which part that field is; empty for one that agencies do not set."""
    return next((name for name, part in PARTS.items() if field in part.fields), "")


def faults_to_mend(
    part: Part, faults: Iterable[Fault], before: Iterable[Fault], *, is_all: bool
) -> list[Fault]:
    """What keeps that part from being saved: its own faults, and those that it makes elsewhere.

    `before` was wrong already: elsewhere it is mended there, and keeps no other part from being
    saved, unless all must be right now.
    """
    were = () if is_all else {*before}
    return [fault for fault in faults if fault.field in part.fields or fault not in were]
