"""What the demo's page of mail has been handed."""

from dataclasses import field

from idp.kit.immutable import immutable
from idp.mail.letters import Writer
from idp.web.part import Part

SHOWN_MAIL = "/demo/outbox"
"""The page of what would have been sent."""


@immutable(kw_only=True)
class MailPart(Part):
    """How letters are read."""

    writer: Writer = field(repr=False)
    shown: tuple[str, ...] = ()
    """The kinds of message that are shown on the page instead of being sent."""
