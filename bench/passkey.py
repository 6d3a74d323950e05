"""A sign-in by a passkey, of an authenticator in software: three requests, and no password.

A browser without cookies goes to the authorization endpoint, opens the page that asks for a number
or a passkey, sends what the passkey signed and gets a code with that. Consent is remembered.
"""

import html
import re
from urllib.parse import urlencode

from bench.client import Connection, UnexpectedAnswer
from bench.flows import Party, code_of, hidden_fields, location_of
from bench.load import Flow
from tests.support.passkeys import SoftKey

_OPTIONS = re.compile(rb'data-options="([^"]*)"')


def passkey_flow(party: Party, key: SoftKey) -> Flow:
    """A sign-in from nothing to a code."""
    target = party.authorize_target()

    async def flow(connection: Connection) -> None:
        connection.cookies.clear()
        at = location_of(await connection.get(target))
        page = (await connection.get(at)).expect(200)
        options = _OPTIONS.search(page.body)
        if options is None:
            raise UnexpectedAnswer(f"no passkey is asked for at {at}")
        answer = key.get(html.unescape(options.group(1).decode()))
        body = urlencode({**hidden_fields(page), "answer": answer}).encode()
        to = at.replace("/identifier", "/passkey")
        code_of(await connection.post(to, body))

    return flow
