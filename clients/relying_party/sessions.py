"""Sessions kept on the server, in the memory of one process; behind several, in your database."""

import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from relying_party.code_flow import Attempt
from relying_party.provider import SignedIn

LIFETIME = 8 * 3600.0
ATTEMPT_LIFETIME = 1800.0
MOST_ATTEMPTS = 10
MOST_SESSIONS = 10_000


@dataclass
class Session:
    """What we know of one browser. The browser holds nothing but the opaque key to it."""

    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    ends: float = field(default_factory=lambda: time.monotonic() + LIFETIME)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    user: SignedIn | None = None
    data: dict[str, Any] = field(default_factory=dict)

    def remember(self, attempt: Attempt) -> None:
        """Keep a sign-in attempt until it comes back; the latest ten, half an hour each."""
        now = time.monotonic()
        living = [a for a in self.attempts.values() if now - a.began < ATTEMPT_LIFETIME]
        self.attempts = {a.state: a for a in (*living, attempt)[-MOST_ATTEMPTS:]}


class Sessions:
    """All sessions of this process, by an unguessable key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def find(self, key: str | None) -> Session | None:
        """The living session with that key."""
        session = self._sessions.get(key or "")
        return session if session and session.ends > time.monotonic() else None

    def add(self, session: Session) -> str:
        """Keep a session under a new key; the oldest leave when there are too many."""
        key = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions[key] = session
            while len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return key

    def remove(self, key: str | None) -> None:
        """Forget a session."""
        with self._lock:
            self._sessions.pop(key or "", None)

    def sign_out(self, *, sid: str, sub: str) -> None:
        """Forget the sessions of one sign-in, or of a person when no `sid` is given."""
        with self._lock:
            ended = [
                key
                for key, session in self._sessions.items()
                if session.user and (session.user.sid == sid if sid else session.user.sub == sub)
            ]
            for key in ended:
                del self._sessions[key]
