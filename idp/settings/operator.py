"""Settings of who runs this: what people are told on every page, and where they turn to."""

from pydantic import Field

from idp.settings.group import Group


class OperatorSettings(Group):
    """The address by which people know the real pages is no setting: it is the issuer's."""

    name_vi: str = ""
    """The authority that answers for this service, in Vietnamese: at the foot of every page."""
    name_en: str = ""
    """The same in English."""
    hotline: str = Field(default="", pattern=r"^(\+?[0-9][0-9 .-]{1,18}[0-9])?$")
    """The telephone number that people call for help, as it is read: `1900 0000`."""
    address_vi: str = ""
    """Where the authority is visited and written to, in Vietnamese; on the help page."""
    address_en: str = ""
    """The same in English."""
    privacy_uri: str = ""
    """The page that says how personal data is handled here, and which rights people have."""
    terms_uri: str = ""
    """The page with the terms of use."""
    accessibility_uri: str = ""
    """The accessibility statement."""
