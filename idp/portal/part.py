"""What the portal has been handed."""

from dataclasses import dataclass

from idp.settings.people import AssuranceSettings
from idp.web.part import Part


@dataclass(frozen=True, kw_only=True)
class PortalPart(Part):
    """The levels of assurance that an application may ask for."""

    assurance: AssuranceSettings
