"""A sender of mail and text messages that is killed at a point: a program of its own for a test.

Arguments: the database, the port of the mail server, that of the gateway, and the point.
"""

import os
import signal
import sys
from threading import Event
from typing import Any

from pydantic import SecretStr

from idp.kit.db import make_engine
from idp.kit.http import GuardedClient
from idp.mail import kinds
from idp.outbox import sender
from idp.settings.server import MailSettings, SmsSettings
from tests.mail.senders import GATEWAY_KEY, WRITER, kinds_by_text

POINTS = ("claimed", "prepared", "before sending", "after sending", "before settling")


def main(url: str, mail_port: str, sms_port: str, point: str) -> None:
    """Send what is due, as far as the point."""

    def die(*_: Any, **__: Any) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)

    def die_after(function: Any) -> Any:
        return lambda *given, **named: die(function(*given, **named))

    places: dict[str, tuple[Any, tuple[str, ...], Any]] = {
        "claimed": (sender, ("_begin",), lambda _: die),
        "prepared": (kinds, ("compose", "read_text"), die_after),
        "before sending": (kinds, ("send", "send_text"), lambda _: die),
        "after sending": (kinds, ("send", "send_text"), die_after),
        "before settling": (sender, ("settle_message",), lambda _: die),
    }
    module, names, made = places[point]
    for name in names:
        setattr(module, name, made(getattr(module, name)))
    mail = MailSettings(host="127.0.0.1", port=int(mail_port), security="none", sender="a@b.vn")
    sms = SmsSettings(url=f"http://127.0.0.1:{sms_port}/messages", key=SecretStr(GATEWAY_KEY))
    http = GuardedClient(allows_loopback=True)
    every = (*kinds.mail_kinds(mail, WRITER), *kinds_by_text(sms, http=http))
    sender.send_due(make_engine(url), Event(), kinds=every)


if __name__ == "__main__":
    main(*sys.argv[1:])
