"""Claims in plain words, with the person's own values, contacts partly hidden."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from idp.people.identifiers import mask_number
from idp.people.models import Sex
from idp.people.profile import PersonProfile
from idp.web.messages import N_

SEX_LABELS = {Sex.FEMALE: N_("Female"), Sex.MALE: N_("Male"), Sex.OTHER: N_("Other")}

_LABELS = {
    "name": N_("Full name"),
    "birthdate": N_("Date of birth"),
    "gender": N_("Sex"),
    "email": N_("E-mail"),
    "phone_number": N_("Phone"),
    "address": N_("Address"),
    "organization": N_("The organization you act for, if any, and your role in it"),
    "official": N_("Your agency, position and role as an official"),
    "citizen_number": N_("Personal number"),
    "nickname": N_("Nickname"),
    "picture": N_("Picture"),
    "website": N_("Website"),
    "profile": N_("Profile page"),
    "preferred_username": N_("User name"),
    "zoneinfo": N_("Time zone"),
    "locale": N_("Language"),
    "given_name": N_("Given name"),
    "family_name": N_("Family name"),
    "middle_name": N_("Middle name"),
    "email_verified": N_("Whether your e-mail address is verified"),
    "phone_number_verified": N_("Whether your phone number is verified"),
}
_ALWAYS_SHOWN = ("organization", "official")
_TECHNICAL = frozenset({"sub", "updated_at"})
_PART_OF = {
    **dict.fromkeys(("given_name", "family_name", "middle_name", "locale"), "name"),
    "email_verified": "email",
    "phone_number_verified": "phone_number",
}
"""Claims that go without saying beside another; asked for alone, they have a line."""


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
    """The lines for those claims: what the person has a value for, each once.

    Claims that only accompany another (a verified flag, parts of the name) have no line.
    """
    values = _values(profile, organization)
    asked = list(dict.fromkeys(names))
    shown = []
    for name in asked:
        if name in _TECHNICAL or _PART_OF.get(name) in asked:
            continue
        if not values.get(name) and name not in (*_ALWAYS_SHOWN, *_PART_OF):
            continue
        label = _LABELS.get(name, name)
        shown.append(ShownClaim(label, values.get(name, ""), is_word=name == "gender"))
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
        "citizen_number": mask_number(profile.citizen_number),
        "organization": organization,
    }


def _day_first(birthdate: str) -> str:
    return "/".join(reversed(birthdate.split("-")))


def _as_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return str(value.get("formatted") or ", ".join(str(part) for part in value.values()))
    return str(value)
