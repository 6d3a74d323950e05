"""How people can be reached, for the rooms that ask them for a contact."""

from collections.abc import Mapping
from dataclasses import field

from idp.kit.immutable import immutable
from idp.people.models import ContactKind
from idp.settings.people import PostSettings
from idp.web.part import Part


@immutable(kw_only=True)
class ReachingPart(Part):
    """By which kinds of contact people can be reached."""

    reached_by: frozenset[ContactKind]
    post: PostSettings
    shown_by: Mapping[ContactKind, str] = field(default_factory=dict)
    """Where the demo shows what was sent; nothing elsewhere."""

    @property
    def offers_mail(self) -> bool:
        """Whether a person can be reached by mail."""
        return ContactKind.EMAIL in self.reached_by
