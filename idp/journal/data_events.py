"""Events about a person's data, and its end: rows of the catalogue (`journal.events`)."""

from idp.journal.event import TOLD, Event
from idp.kit.messages import N_

DATA_EVENTS: dict[str, Event] = {
    "closing.begun": Event(
        "A person closed their account: access ended, and it is erased later; data: until.",
        N_("You closed your account"),
        "warning",
        may_disown=True,
        notifies=TOLD,
    ),
    "closing.undone": Event(
        "They had it stay, in time.",
        N_("You kept your account"),
        "success",
        notifies=TOLD,
    ),
    "closing.done": Event(
        "It was erased, and its number is free; its contacts were told first.", is_by_others=True
    ),
    "data.exported": Event(
        "A person downloaded all that is held on them.",
        N_("You downloaded your data"),
        "warning",
        may_disown=True,
        notifies=TOLD,
    ),
    "data.requested": Event(
        "A person asked about their data in writing; data: kind.",
        N_("You sent a request about your data"),
        notifies=TOLD,
    ),
    "data.answered": Event(
        "An operator took such a request on; data: kind.",
        N_("Your request about your data was taken on"),
        notifies=TOLD,
    ),
    "data.refused": Event(
        "An operator refused one, with a reason; data: kind.",
        N_("Your request about your data was refused"),
        "warning",
        notifies=TOLD,
    ),
    "data.extended": Event(
        "An operator gave one more time, with a reason; data: kind.",
        N_("Your request about your data takes longer"),
        notifies=TOLD,
    ),
    "data.done": Event(
        "An operator did what was asked; data: kind.",
        N_("Your request about your data was done"),
        "success",
        notifies=TOLD,
    ),
}
