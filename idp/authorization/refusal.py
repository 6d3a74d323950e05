"""The vocabulary of refusing what a relying party asks."""

from dataclasses import replace
from typing import Self

from idp.kit.immutable import immutable


@immutable
class Refusal:
    """Why a request is refused: its registered code, and words for the two who ask.

    `description` goes to the relying party's developer with the answer. `reason` is what stands
    behind the error id besides: what was sent beside what is registered; nothing secret.
    """

    error: str
    description: str
    reason: str = ""

    def told_under(self, error_id: str) -> Self:
        """The same with the id in its description, by which the developer finds the reason."""
        return replace(self, description=f"{self.description} [{error_id}]".lstrip())
