"""What the pages of the figures have been handed."""

from dataclasses import field
from datetime import date

from idp.adoption.kept import KeptPages
from idp.figures.rules import CountingRules
from idp.figures.today import AtHand
from idp.kit.immutable import immutable
from idp.settings.people import AdoptionSettings, Target
from idp.web.part import Part

_PAPERS = 8


@immutable(kw_only=True)
class AdoptionPart(Part):
    """What counts, the legal target, and by when it is to be caught up with."""

    rules: CountingRules
    adoption: AdoptionSettings
    kept: KeptPages = field(default_factory=KeptPages, repr=False)
    """The pages that were made already."""
    papers: KeptPages = field(default_factory=lambda: KeptPages(most=_PAPERS), repr=False)
    """The reports likewise: two hundred kilobytes each."""
    at_hand: AtHand = field(default_factory=AtHand, repr=False)
    """The sets of today's figures."""

    @property
    def target(self) -> Target:
        """The legal target."""
        return self.adoption.target

    @property
    def catch_up_on(self) -> date | None:
        """None: no date is set."""
        return self.adoption.catch_up_on
