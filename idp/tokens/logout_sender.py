"""Telling relying parties over the network that a session has ended; holds no connection meanwhile.

A party that hangs or fails keeps only its own place busy; the next attempt waits longer each time.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

from sqlalchemy import Engine

from idp.kit.background import keep_doing
from idp.kit.db import transaction
from idp.kit.http import FetchFailed, GuardedClient
from idp.relying_parties.party import RegisteredParty, load_live_party
from idp.tokens.logout import Delivery, claim_deliveries, settle_delivery

MakeToken = Callable[[RegisteredParty, Delivery], str]
"""The signed logout token for that party."""

_AT_ONCE = 4
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


def run_logout_sender(
    engine: Engine, stop: threading.Event, *, http: GuardedClient, make_token: MakeToken
) -> None:
    """Send what is due, every second until told to stop; for a background thread."""

    def send() -> None:
        while send_due(engine, http=http, make_token=make_token) and not stop.is_set():
            pass

    keep_doing(send, stop=stop, every=timedelta(seconds=1), name="logout_sender")


def send_due(engine: Engine, *, http: GuardedClient, make_token: MakeToken) -> int:
    """Attempt a few deliveries that are due, at the same time; how many."""
    with transaction(engine) as db:
        due = claim_deliveries(db, limit=_AT_ONCE)
        parties = [load_live_party(db.connection(), client_id=each.client_id) for each in due]
    if not due:
        return 0
    attempt = partial(_attempt, http=http, make_token=make_token)
    with ThreadPoolExecutor(_AT_ONCE) as places:
        for delivery, (is_delivered, status) in zip(
            due, places.map(attempt, due, parties), strict=True
        ):
            with transaction(engine) as db:
                settle_delivery(db, delivery, is_delivered=is_delivered, status=status)
    return len(due)


def _attempt(
    delivery: Delivery,
    party: RegisteredParty | None,
    *,
    http: GuardedClient,
    make_token: MakeToken,
) -> tuple[bool, str]:
    """Whether the party took it, and the status of its answer or why there is none."""
    if party is None or not party.backchannel_logout_uri:
        return False, "no address"
    body = urlencode({"logout_token": make_token(party, delivery)}).encode()
    try:
        answer = http.send("POST", party.backchannel_logout_uri, body=body, headers=_HEADERS)
    except FetchFailed as error:
        return False, str(error)
    return answer.status in (200, 204), str(answer.status)
