"""Lanes: what a request waits for decides with whom it waits.

Each lane has a gate of its own, so that a crowd in one takes no thread of another: those who are
signing in, and wait for their password to be hashed, keep nobody out who is signed in, and none of
them keeps a load balancer from hearing that the node is well. A route says its lane with `in_lane`;
without a word it is `ROWS`, or `VISITORS` for whoever comes to it without a session.
"""

from collections.abc import Callable
from enum import Enum, auto
from functools import partial
from typing import Any, TypeVar

from starlette.requests import Request

from idp.kit import measures
from idp.kit.cores import usable_cores
from idp.rate_limits import source_of
from idp.settings.server import ServerSettings
from idp.web.browser import session_token
from idp.web.gate import Gate, Slot
from idp.web.part import Part, Site
from idp.web.trusted_proxy import client_ip

_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])
_HASH_WAIT = 2.0
"""Seconds a request may wait for its turn to hash; a full queue takes no longer."""


class Lane(Enum):
    """What requests wait for."""

    ROWS = auto()
    """A thread on which to ask the database, as pages and endpoints do: for programs, and for
    browsers that send a session."""
    VISITORS = auto()
    """The same for everybody else: whoever is signing in. No route is put here."""
    HASHES = auto()
    """A core, for a password: every handler that checks or makes one."""
    PAPERS = auto()
    """A program that sets a file for paper: one at a time."""
    HEALTH = auto()
    """A thread on which to see whether the node can serve."""
    NONE = auto()
    """Nothing: what is answered on the event loop, and must be when everything else waits."""


def in_lane(lane: Lane) -> Callable[[_Endpoint], _Endpoint]:
    """Have the route of this handler wait in that lane; stands under the route's decorator."""

    def mark(endpoint: _Endpoint) -> _Endpoint:
        endpoint.lane = lane  # type: ignore[attr-defined]
        return endpoint

    return mark


def lane_of(endpoint: Callable[..., Any]) -> Lane:
    """The lane that a handler was put in."""
    return getattr(endpoint, "lane", Lane.ROWS)


class Lanes(Part):
    """The gates of one application."""

    def __init__(self, server: ServerSettings) -> None:
        gate = partial(Gate, queue_limit=server.queue_limit)
        usual, hashing = server.queue_wait.total_seconds(), server.hashing_threads
        self._gates = {
            Lane.ROWS: gate(server.threads, queue_wait=usual),
            Lane.VISITORS: gate((server.threads + 1) // 2, queue_wait=usual),
            Lane.HASHES: gate(hashing or usable_cores() + 1, queue_wait=_HASH_WAIT),
            Lane.PAPERS: gate(1, queue_wait=usual),
            Lane.HEALTH: gate(1, queue_wait=usual),
        }

        gates = self._gates.values()
        measures.gauge("requests_waiting", lambda: sum(gate.waiting for gate in gates))
        measures.gauge("requests_running", lambda: sum(gate.running for gate in gates))

    def slot(self, request: Request, lane: Lane) -> Slot:
        """A slot in that lane during the block, as `Gate.slot`; there is none in `NONE`."""
        if lane is Lane.ROWS and not _is_known(request):
            lane = Lane.VISITORS
        return self._gates[lane].slot(lambda: source_of(client_ip(request)))


def _is_known(request: Request) -> bool:
    """Whether a program asks, or a browser that sends a session, be it a true one or not.

    Looking it up would take what the request waits for. Who makes one up stands with the signed in,
    as all would without the lane for visitors.
    """
    is_program = Site.of(request).is_for_programs(request.scope["path"])
    return is_program or session_token(request) is not None
