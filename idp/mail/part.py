"""What the demo's page of mail has been handed."""

from dataclasses import dataclass, field

from idp.mail.letters import Writer
from idp.web.part import Part


@dataclass(frozen=True, kw_only=True)
class MailPart(Part):
    """How letters are read."""

    writer: Writer = field(repr=False)
