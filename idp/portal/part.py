"""What the portal has been handed."""

from idp.kit.immutable import immutable
from idp.settings.people import AssuranceSettings
from idp.web.part import Part


@immutable(kw_only=True)
class PortalPart(Part):
    """The levels of assurance that an application may ask for."""

    assurance: AssuranceSettings
