"""What the help pages have been handed."""

from idp.kit.immutable import immutable
from idp.web.part import Part


@immutable(kw_only=True)
class HelpPart(Part):
    """What they say here: how long addresses and closed accounts are kept, whether letters come."""

    sources_days: int
    closing_days: int
    offers_post: bool
