"""Claims in plain words, with the person's own values, contacts partly hidden."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from idp.kit.immutable import immutable
from idp.mandates.representations import RepresentedOrganization
from idp.people.contact_values import mask_phone
from idp.people.models import Sex
from idp.people.profile import PersonProfile
from idp.relying_parties.scopes import CLAIMS
from idp.web.messages import N_

SEX_LABELS = {Sex.FEMALE: N_("Female"), Sex.MALE: N_("Male"), Sex.OTHER: N_("Other")}
_NOBODY = N_("None: you act for yourself")
"""It is another consent when they act for one."""


@immutable
class ShownClaim:
    """One line of the consent page: an English label to translate, and the value."""

    label: str
    value: str = ""
    is_word: bool = False
    """Whether the value is an English word to translate."""
    is_absent: bool = False
    """Whether the person has none so far."""
    organization: RepresentedOrganization | None = None
    """For whom they act, where that is what is shared."""
    purpose: str = ""
    """What it is for, where that is something else than the rest."""


def show_claims(
    names: Iterable[str],
    profile: PersonProfile,
    *,
    organization: RepresentedOrganization | None = None,
    purposes: Mapping[str, str] = MappingProxyType({}),
) -> list[ShownClaim]:
    """The lines for those claims, each once: what the person agrees to is what they say.

    In the order of an ID card, however they are asked for.

    None for a claim that goes without saying beside another that is asked for. What the person
    has no value for is said to be absent. Claims whose value is not shown have a line of words.
    """
    values = _values(profile, organization)
    asked = {*names}
    shown = []
    for claim in (claim for name, claim in CLAIMS.items() if name in asked):
        if not claim.words or claim.part_of in asked:
            continue
        value = values.get(claim.name, "" if claim.is_kept else None)
        shown.append(
            ShownClaim(
                claim.words,
                value or "",
                is_word=claim.name == "gender" or value == _NOBODY,
                is_absent=value == "",
                organization=organization if claim.name == "organization" else None,
                purpose=purposes.get(claim.name, ""),
            )
        )
    return shown


def mask_email(address: str) -> str:
    """The first letter and the domain: `h•••@example.vn`."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}•••@{domain}" if domain else ""


def _values(
    profile: PersonProfile, organization: RepresentedOrganization | None
) -> Mapping[str, str]:
    return {
        **{name: _as_text(value) for name, value in profile.claims.items()},
        "name": profile.name,
        "birthdate": _day_first(profile.birthdate),
        "gender": SEX_LABELS[profile.sex],
        "email": mask_email(profile.email),
        "phone_number": mask_phone(profile.phone),
        "organization": organization.name if organization else _NOBODY,
    }


def _day_first(birthdate: str) -> str:
    return "/".join(reversed(birthdate.split("-")))


def _as_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("formatted") or ", ".join(str(part) for part in value.values()))
    return str(value)
