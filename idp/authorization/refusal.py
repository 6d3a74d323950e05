"""The vocabulary of refusing what a relying party asks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """Why a request is refused: its registered code, and words for the two who ask.

    `description` goes to the relying party's developer with the answer. `reason` is what stands
    behind the error id besides: what was sent beside what is registered; nothing secret.
    """

    error: str
    description: str
    reason: str = ""
