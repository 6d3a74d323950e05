"""Handing a message to a mail server (RFC 6409), over a connection that is encrypted."""

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from typing import Any

from idp.outbox.kinds import Attempt
from idp.settings.server import MailSettings


class _Server(smtplib.SMTP):
    """One that knows whether a message was handed over, answered or not."""

    handed_over = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.handed_over = True
        return super().data(msg)


class _TlsServer(_Server, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


def send(settings: MailSettings, message: EmailMessage) -> Attempt:
    """One attempt. Its status never names an address: servers repeat them in what they answer."""
    if not settings.host:
        return Attempt(is_delivered=False, status="no mail server is set", is_final=True)
    server: _Server | None = None
    try:
        server = _connect(settings)
        if settings.user:
            server.login(settings.user, settings.password.get_secret_value())
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        return _refused(max(code for code, _ in error.recipients.values()))
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code)
    except (smtplib.SMTPException, OSError) as error:
        is_unknown = server is not None and server.handed_over
        return Attempt(is_delivered=False, status=type(error).__name__, is_unknown=is_unknown)
    finally:
        if server is not None:
            _leave(server)
    return Attempt(is_delivered=True, status="accepted")


def send_both(settings: MailSettings, message: EmailMessage, copy: EmailMessage) -> Attempt:
    """One attempt at two, which is over when each has arrived or never will.

    Until then both are sent again: twice is better than not at all.
    """
    attempts = [send(settings, one) for one in (copy, message)]
    waiting = [one for one in attempts if not one.is_delivered and not one.is_final]
    delivered = [one for one in attempts if one.is_delivered]
    return (waiting or delivered or attempts)[0]


def _leave(server: _Server) -> None:
    """Say goodbye; what is answered to that changes nothing of what was accepted."""
    with suppress(smtplib.SMTPException, OSError):
        server.quit()
    server.close()


def _connect(settings: MailSettings) -> _Server:
    """The server, encrypted as set; it is never spoken to in clear when it should not be."""
    host, port, timeout = settings.host, settings.port, settings.timeout.total_seconds()
    if settings.security == "tls":
        context = ssl.create_default_context()
        return _TlsServer(host, port, timeout=timeout, context=context)
    server = _Server(host, port, timeout=timeout)
    if settings.security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _refused(code: int) -> Attempt:
    """What the server answered: 4xx may pass, 5xx will not (RFC 5321 section 4.2.1)."""
    return Attempt(is_delivered=False, status=f"answered {code}", is_final=code >= 500)
