"""Refusals that belong to HTTP itself rather than to a rule of the product."""

from idp.kit.errors import OneDoorError, Overloaded


class RequestRefused(OneDoorError):
    """The request cannot be read or may not be made; answered with `status` (4xx)."""

    def __init__(self, status: int, public: str, *, detail: str = "") -> None:
        super().__init__(public, detail=detail)
        self.status = status


class TooManyRequests(Overloaded):
    """One source asks for more than its share; answered 429, and no report is kept of it."""
