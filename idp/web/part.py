"""What a room of the serving process has been handed, by its type."""

from typing import Self

from starlette.requests import HTTPConnection


class Part:
    """Settings in groups, keys, caches, limiters: made once for the process, frozen, shared.

    `idp.runtime` makes every part; a room reads its own: `SignInPart.of(request).throttle`.
    """

    @classmethod
    def of(cls, request: HTTPConnection) -> Self:
        """The part of this type in the application that serves the request."""
        part: Self = request.app.state.parts[cls]
        return part
