"""Claims in plain words, with the person's own values, contacts partly hidden."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from idp.people.models import Sex
from idp.people.profile import PersonProfile
from idp.relying_parties.scopes import CLAIMS
from idp.web.messages import N_

SEX_LABELS = {Sex.FEMALE: N_("Female"), Sex.MALE: N_("Male"), Sex.OTHER: N_("Other")}


@dataclass(frozen=True)
class ShownClaim:
    """One line of the consent page: an English label to translate, and the value."""

    label: str
    value: str = ""
    is_word: bool = False
    """Whether the value is an English word to translate."""


def show_claims(
    names: Iterable[str], profile: PersonProfile, *, organization: str = ""
) -> list[ShownClaim]:
    """The lines for those claims, each once.

    None for a claim that the person is known to have no value for, nor for one that goes without
    saying beside another that is asked for. Claims whose value is not shown have a line of words.
    """
    values = _values(profile, organization)
    asked = list(dict.fromkeys(names))
    shown = []
    for claim in (CLAIMS[name] for name in asked if name in CLAIMS):
        value = values.get(claim.name, "" if claim.is_kept else None)
        if claim.words and claim.part_of not in asked and value != "":
            shown.append(ShownClaim(claim.words, value or "", is_word=claim.name == "gender"))
    return shown


def mask_email(address: str) -> str:
    """The first letter and the domain: `h•••@example.vn`."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}•••@{domain}" if domain else ""


def mask_phone(number: str) -> str:
    """The last three digits."""
    return "•" * max(len(number) - 3, 0) + number[-3:]


def _values(profile: PersonProfile, organization: str) -> Mapping[str, str]:
    return {
        **{name: _as_text(value) for name, value in profile.claims.items()},
        "name": profile.name,
        "birthdate": _day_first(profile.birthdate),
        "gender": SEX_LABELS[profile.sex],
        "email": mask_email(profile.email),
        "phone_number": mask_phone(profile.phone),
        **({"organization": organization} if organization else {}),
    }


def _day_first(birthdate: str) -> str:
    return "/".join(reversed(birthdate.split("-")))


def _as_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("formatted") or ", ".join(str(part) for part in value.values()))
    return str(value)
