"""Who did what an entry records, where it was not the person it is about.

A unit of work says once on whose behalf it is; its entries carry that without being told.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from idp.kit.immutable import immutable
from idp.kit.messages import N_

_KEY = "journal.actor"


class Capacity(StrEnum):
    """As what somebody acts on others."""

    AGENCY = "agency"
    OPERATOR = "operator"
    DESK = "desk"
    CLIENT = "client"
    """Software that registered itself."""
    PROGRAM = "program"


WORDS = {
    Capacity.AGENCY: N_("by your agency"),
    Capacity.OPERATOR: N_("by the operator"),
    Capacity.DESK: N_("by a one-stop shop"),
    Capacity.CLIENT: N_("by the application itself"),
    Capacity.PROGRAM: N_("automatically"),
}
"""How the person concerned reads it: never who it was."""


@immutable
class Actor:
    """Who acts: `number` is their analytics number, as they say so themselves at a command line.

    `account` is the account of the computer that a command was given under, as the computer says:
    the entry has it as `claimed_account`, and where it does, who acted is claimed as well.
    """

    capacity: Capacity
    number: int | None = None
    account: str = ""


def acted_by(db: Session, actor: Actor) -> None:
    """Have the entries of this session say who acts."""
    db.info[_KEY] = actor


def find_actor(db: Session) -> Actor | None:
    """Who acts in this session, where somebody said so."""
    actor: Actor | None = db.info.get(_KEY)
    return actor


def name_actor(db: Session, row: dict[str, Any], *, is_by_others: bool) -> None:
    """Write who acts into an entry. Nobody named: its person, or the program `is_by_others`."""
    if (actor := find_actor(db)) is not None:
        row["actor"], row["actor_number"] = actor.capacity.value, actor.number
        if actor.account:
            row["data"] = row["data"] | {"claimed_account": actor.account}
    elif is_by_others:
        row["actor"] = Capacity.PROGRAM.value
