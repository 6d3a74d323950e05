"""What counts, taken from the settings."""

from idp.assurance.levels import is_at_least
from idp.kit.immutable import immutable
from idp.settings import Settings

STRONG_ACR = "LoA2"
"""The least acr of a success that counts for ACT and UNI-used."""


@immutable
class CountingRules:
    """Where days begin and end, and which acr values count. A closed day keeps those of its day."""

    time_zone: str
    strong_acrs: frozenset[str]


def counting_rules(settings: Settings) -> CountingRules:
    """The rules under these settings."""
    levels = settings.assurance.levels
    return CountingRules(
        time_zone=settings.country.time_zone,
        strong_acrs=frozenset(
            level.acr for level in levels if is_at_least(settings.assurance, level.acr, STRONG_ACR)
        ),
    )
