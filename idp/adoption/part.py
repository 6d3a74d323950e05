"""What the pages of the figures have been handed."""

from dataclasses import dataclass

from idp.figures.rules import CountingRules
from idp.settings.people import Target
from idp.web.part import Part


@dataclass(frozen=True, kw_only=True)
class AdoptionPart(Part):
    """What counts, and the legal target."""

    rules: CountingRules
    target: Target
