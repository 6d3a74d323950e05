"""Refusals that belong to HTTP itself rather than to a rule of the product."""

from uuid import UUID

from idp.kit.errors import OneDoorError, Overloaded


class RequestRefused(OneDoorError):
    """The request cannot be read or may not be made; answered with `status` (4xx).

    With `relying_party_id` that party's agency may look up `detail` in the portal.
    """

    def __init__(
        self, status: int, public: str, *, detail: str = "", relying_party_id: UUID | None = None
    ) -> None:
        super().__init__(public, detail=detail)
        self.status, self.relying_party_id = status, relying_party_id


class TooManyRequests(Overloaded):
    """One source asks for more than its share; answered 429, and no report is kept of it."""
