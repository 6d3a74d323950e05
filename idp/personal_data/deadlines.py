"""By when the law has a request answered and done: packaged rows, each with its first day."""

import csv
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from idp.kit.immutable import immutable
from idp.personal_data.models import RequestKind
from idp.personal_data.working_days import Calendar, official_calendar

_FILE = "deadlines.csv"


@immutable(kw_only=True)
class Deadline:
    """The rule for a kind of request that comes in on `valid_from` or later.

    `answer_working_days` to say what is done; `done_days`, of the calendar, to do it; once, with a
    reason, `extension_days` more.
    """

    kind: RequestKind
    answer_working_days: int
    done_days: int
    extension_days: int
    valid_from: date
    source: str


@immutable
class Due:
    """The last day for the answer, and for what was asked."""

    answer_on: date
    done_on: date


@cache
def official_deadlines() -> tuple[Deadline, ...]:
    """All that were ever in force, as the packaged file has them."""
    text = files(__package__).joinpath(_FILE).read_text("utf-8")
    return tuple(
        Deadline(
            kind=RequestKind(row["kind"]),
            answer_working_days=int(row["answer_working_days"]),
            done_days=int(row["done_days"]),
            extension_days=int(row["extension_days"]),
            valid_from=date.fromisoformat(row["valid_from"]),
            source=row["source"],
        )
        for row in csv.DictReader(text.split("\n"))
    )


def deadline_of(
    kind: RequestKind, *, on: date, rules: Sequence[Deadline] | None = None
) -> Deadline:
    """The rule in force on that day; before the first one, that one: it is the best known."""
    of_kind = [one for one in rules or official_deadlines() if one.kind is kind]
    of_kind.sort(key=lambda one: one.valid_from)
    in_force = [one for one in of_kind if one.valid_from <= on]
    return in_force[-1] if in_force else of_kind[0]


def due_days(kind: RequestKind, *, on: date, calendar: Calendar | None = None) -> Due:
    """What comes in on that day of the country is due then; its day itself does not count."""
    calendar, rule = calendar or official_calendar(), deadline_of(kind, on=on)
    answer_on = calendar.after(on, working_days=rule.answer_working_days)
    done_on = calendar.on_or_after(on + timedelta(days=rule.done_days))
    return Due(answer_on, max(answer_on, done_on))


def extended(kind: RequestKind, *, due_on: date, received_on: date) -> date:
    """The last day once it was extended."""
    rule = deadline_of(kind, on=received_on)
    return official_calendar().on_or_after(due_on + timedelta(days=rule.extension_days))
