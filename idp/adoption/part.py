"""What the pages of the figures have been handed."""

from dataclasses import dataclass, field

from idp.adoption.kept import KeptPages
from idp.figures.rules import CountingRules
from idp.settings.people import Target
from idp.web.part import Part


@dataclass(frozen=True, kw_only=True)
class AdoptionPart(Part):
    """What counts, the legal target, and the pages that were made already."""

    rules: CountingRules
    target: Target
    kept: KeptPages = field(default_factory=KeptPages, repr=False)
