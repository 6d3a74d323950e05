"""Reading the acr table. The acr is the lower of both axes."""

from collections.abc import Iterable

from idp.settings.people import AssuranceLevel, AssuranceSettings


def reached_levels(
    settings: AssuranceSettings, *, proofing: int, authentication: int, confirmed: int
) -> list[AssuranceLevel]:
    """The levels a person of that proofing satisfies, lowest first.

    `authentication` is that of all factors shown, `confirmed` that of those that carry the proofing
    (`evidence.Trust`): what a level needs of proofing, none but these can show.
    """
    return [
        level
        for level in settings.levels
        if proofing >= level.proofing
        and (confirmed if level.proofing else authentication) >= level.authentication
    ]


def find_level(settings: AssuranceSettings, acr: str) -> AssuranceLevel | None:
    """The configured level with that acr value."""
    return next((level for level in settings.levels if level.acr == acr), None)


def rank(settings: AssuranceSettings, acr: str) -> int:
    """The level's place in the table, lowest 0; -1 for an acr that is not configured."""
    return next((i for i, level in enumerate(settings.levels) if level.acr == acr), -1)


def highest(settings: AssuranceSettings, acrs: Iterable[str]) -> str:
    """The highest of several acr values; the lowest level of the table when there is none."""
    return max(acrs, key=lambda acr: rank(settings, acr), default=settings.levels[0].acr)


def is_at_least(settings: AssuranceSettings, acr: str, minimum: str) -> bool:
    """Whether `acr` is as high as `minimum` in the table."""
    return rank(settings, acr) >= max(rank(settings, minimum), 0)
