"""The registrar's page as it is shown: a form an act, and above them what the last one left."""

from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any

from starlette.responses import Response

from idp.console.entry import PEOPLE, Operator, OperatorVisit
from idp.factors.held import HeldSince
from idp.factors.kinds import KINDS
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.people.names import MAX_NAME
from idp.web.cookies import clear_kept
from idp.web.kept import errors_in, leave_if_it_fits, packed_errors, read_left
from idp.web.messages import Message
from idp.web.templates import render


class Handing(StrEnum):
    """Why an official hands a password over."""

    NUMBER = "number"
    """The number was given back."""
    PASSWORD = "password"
    PHONE = "phone"
    """So that what was on it is gone, too."""


class Act(StrEnum):
    """What is done for somebody, by the word of its form; the last ones' fields begin with it."""

    PROVE = "prove"
    RECLAIM = "reclaim"
    APP = "app"
    LOST = "lost"
    SHEET = "sheet"


TYPED = (
    *("number", "name", "birthdate", "code", "spares"),
    *("app_number", "app_name", "app_birthdate"),
    *("lost_number", "lost_name", "lost_birthdate", "lost_what"),
    *("sheet_number", "sheet_name", "sheet_birthdate", "sheet_lost"),
    *("held", "held_name", "held_birthdate", "held_sex"),
)


@immutable
class PeoplePage:
    """Forms whose fields have names of their own: what is typed in one stays there.

    `opened_at` tells presses of one form from another form. `password` is one just made, for the
    person at the desk, and `handing` why; `doubts` say why to compare again, `held` what to ask the
    person about. One form is shown: of the act that is `chosen`, else of the one that was refused.
    """

    operator: Operator
    typed: Mapping[str, str] = field(repr=False)
    password: str = field(default="", repr=False)
    handing: Handing | None = None
    errors: Mapping[str, Message] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    held: tuple[HeldSince, ...] = ()
    chosen: Act | None = None
    opened_at: str = field(default_factory=lambda: clock.now().isoformat())

    @property
    def act(self) -> Act | None:
        """Whose form is shown."""
        return self.chosen or _refused(self.errors)


def _refused(errors: Mapping[str, Message]) -> Act | None:
    """Whose form says what is wrong."""
    for name in errors:
        prefix = name.partition("_")[0]
        own = {"held": Act.RECLAIM, "seen": Act.RECLAIM}
        return Act(prefix) if prefix in tuple(Act) else own.get(prefix, Act.PROVE)
    return None


def refuse(
    visit: OperatorVisit,
    fields: Mapping[str, str],
    *,
    errors: Mapping[str, Message],
    doubts: tuple[str, ...] = (),
    held: Collection[HeldSince] = (),
) -> Response:
    """Back to the forms, with what was typed and why it is refused."""
    return _leave(
        visit,
        {
            "typed": {name: fields.get(name, "")[: MAX_NAME + 1] for name in TYPED},
            **packed_errors(errors),
            "doubts": doubts,
            "held": [(one.kind.name, one.name, one.since.isoformat()) for one in held],
        },
    )


def hand_over(visit: OperatorVisit, password: str, handing: Handing) -> Response:
    """To the forms, where a password just made stands above them, once."""
    return _leave(visit, {"password": password, "handing": handing})


def _leave(visit: OperatorVisit, left: Mapping[str, Any]) -> Response:
    whose = visit.visitor.session.sid
    return leave_if_it_fits(visit.request, PEOPLE, left, whose=whose) or _show(visit, left)


def show(visit: OperatorVisit, act: str) -> Response:
    """The form of that act, and what the last one left: nothing, why it was refused, a password.

    Without such an act the form that was refused.
    """
    left = read_left(visit.request, whose=visit.visitor.session.sid)
    if "password" in left:
        clear_kept(visit.request)
    chosen = Act(act) if act in tuple(Act) else None
    if chosen and chosen != _refused(errors_in(left)):
        left = {name: left[name] for name in ("password", "handing") if name in left}
    return _show(visit, left, chosen=chosen)


def _show(visit: OperatorVisit, left: Mapping[str, Any], *, chosen: Act | None = None) -> Response:
    page = PeoplePage(
        operator=visit.visitor,
        typed=left.get("typed", dict.fromkeys(TYPED, "")),
        password=left.get("password", ""),
        handing=Handing(left["handing"]) if "handing" in left else None,
        errors=errors_in(left),
        doubts=tuple(left.get("doubts", ())),
        held=tuple(
            HeldSince(KINDS[kind], name, datetime.fromisoformat(since))
            for kind, name, since in left.get("held", ())
        ),
        chosen=chosen,
    )
    return render(visit.request, "console/people.html", page)
