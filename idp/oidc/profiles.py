"""What a relying party's security profile demands: the rules that differ between profiles."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """Demands of one profile."""

    code_challenge_methods: tuple[str, ...] = ("S256",)
    offline_access_needs_consent: bool = True
    """`offline_access` is honoured only together with `prompt=consent` (OIDC Core 11)."""


_PROFILES = {"openid": Profile()}


def profile_of(name: str) -> Profile:
    """The demands of a profile. KeyError for one that does not exist."""
    return _PROFILES[name]
