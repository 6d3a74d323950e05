"""Handing a text message to a gateway over HTTP, as `deploy/sms-gateway.yaml` describes.

A request says by its `Idempotency-Key` which message it is: sent again, it is the same one. It is
signed: HMAC-SHA-256, by the key both sides know, over that name, its timestamp and its body:
whoever reads one on its way makes no second message of it under another name.
"""

import hmac
import json
from dataclasses import field

from idp.kit import clock
from idp.kit.http import FetchFailed, GuardedClient
from idp.kit.immutable import immutable
from idp.outbox.kinds import Attempt
from idp.settings.server import SmsSettings

_MAY_PASS = (401, 403, 408, 409, 425, 429)
"""Refusals that are not about the message: our key, our pace, or the same one is under way."""


@immutable
class TextMessage:
    """What is sent, and to which number; to `former` as well, if there is one."""

    number: str = field(repr=False)
    language: str
    text: str = field(repr=False)
    former: str = field(default="", repr=False)


def send_text(
    settings: SmsSettings, http: GuardedClient, message: TextMessage, *, key: str
) -> Attempt:
    """One attempt; its status never names a number.

    With a former number it is over when each was handed over or never will be.
    """
    if not settings.url:
        return Attempt(is_delivered=False, status="no gateway is set", is_final=True)
    to = {key: message.number} | ({f"former.{key}": message.former} if message.former else {})
    attempts = [_send(settings, http, number, message.text, key=key) for key, number in to.items()]
    waiting = [one for one in attempts if not one.is_delivered and not one.is_final]
    delivered = [one for one in attempts if one.is_delivered]
    return (waiting or delivered or attempts)[0]


def _send(
    settings: SmsSettings, http: GuardedClient, number: str, text: str, *, key: str
) -> Attempt:
    body = json.dumps({"to": number, "text": text}).encode()
    at = str(int(clock.now().timestamp()))
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        "X-Timestamp": at,
        "X-Signature": sign(settings.key.get_secret_value(), key, at, body),
    }
    try:
        answer = http.send("POST", settings.url, body=body, headers=headers)
    except FetchFailed:
        return Attempt(is_delivered=False, status="no answer")
    if 200 <= answer.status < 300:
        return Attempt(is_delivered=True, status="accepted")
    is_final = 400 <= answer.status < 500 and answer.status not in _MAY_PASS
    return Attempt(is_delivered=False, status=f"answered {answer.status}", is_final=is_final)


def sign(secret: str, key: str, at: str, body: bytes) -> str:
    """The signature of a request: HMAC-SHA-256 in hex over a line each of key, time and body."""
    signed = b"\n".join((key.encode(), at.encode(), body))
    return hmac.new(secret.encode(), signed, "sha256").hexdigest()
