"""A mail server on loopback that keeps what it is given."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from idp.settings.server import MailSettings
from tests.support.served import free_port


@dataclass
class Mailbox:
    """What has arrived, and how the server answers."""

    answer: str = "250 kept"
    letters: list[EmailMessage] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answer

    @property
    def settings(self) -> MailSettings:
        return MailSettings(
            host="127.0.0.1", port=self.port, security="none", sender="OneDoor <id@id.example>"
        )


@contextmanager
def mail_server(**options: Any) -> Iterator[Mailbox]:
    """A running server; `options` are those of `aiosmtpd.smtp.SMTP`."""
    mailbox = Mailbox(port=free_port())
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port, **options)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A server that takes mail from anybody, in clear."""
    with mail_server() as mailbox:
        yield mailbox
