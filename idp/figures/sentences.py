"""What the forecast says, in sentences: English here, translated where they are shown. Pure.

Each is one line of what a reader needs, with its values; no value is rounded towards the target.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from idp.figures.forecast import (
    FEWEST_MONTHS,
    FEWEST_SUBJECTS,
    Expected,
    Pace,
    Past,
    Reached,
    TooEarly,
    TooFew,
    Unknown,
    months_late,
)
from idp.figures.outlook import Outlook
from idp.figures.sets import PERSON
from idp.figures.targets import Statement, successor
from idp.kit.messages import N_, InMonth, Message
from idp.kit.shares import at_most, cut_down
from idp.settings.people import Target


def when_sentences(outlook: Outlook, *, target: Target) -> Iterator[Message]:
    """S4, or S4b where nobody can say: when people or businesses reach the target."""
    who = _who(outlook.subject_kind)
    match outlook.answer:
        case Unknown():
            yield Message("Nobody can say when: the number of all %(name)s is not known.", name=who)
        case Reached():
            yield Message("Reached: the last whole month is not below the target.")
        case TooEarly(months):
            yield Message(
                "Too early to say when: %(num)s whole window, %(needed)s needed.",
                "Too early to say when: %(num)s whole windows, %(needed)s needed.",
                num=months,
                needed=FEWEST_MONTHS,
            )
        case TooFew():
            yield Message(
                "Too few to say when: %(least)s %(who)s are needed in each of the last six months.",
                least=FEWEST_SUBJECTS,
                who=who,
            )
        case Expected() as expected:
            yield _expected(expected, who, target)
            if expected.earliest_on is not None:
                yield _tried(expected)


def pace_sentences(known: Pace | None, *, due_on: date | None) -> Iterator[Message]:
    """S5: the pace, and where a date to come is set, the pace that it takes."""
    if known is None:
        return
    points = cut_down(float(abs(known.present)), 1)
    if not known.present:
        yield Message("Unchanged over the last six months.")
    elif not points:
        yield Message("Hardly moving: less than 0.1 points a month.")
    elif known.present > 0:
        yield Message("Rising %(points)s points a month.", points=points)
    else:
        yield Message("Falling %(points)s points a month.", points=points)
    if known.required and due_on is not None:
        yield Message(
            "To arrive by %(month)s takes %(points)s.",
            month=InMonth(due_on),
            points=at_most(float(known.required), 1),
        )


def due_sentences(statement: Statement, *, as_of: date) -> Iterator[Message]:
    """S6: how late it is; the next target only where its text is on file."""
    if statement.due_on is None:
        return
    late = months_late(statement.due_on, as_of)
    values = {"name": statement.short, "year": str(statement.due_on.year)}
    if as_of > statement.due_on and not late:
        yield Message("%(name)s was due in %(year)s: less than a month late.", **values)
    elif late:
        yield Message("%(name)s was due in %(year)s: %(late)s late.", late=_span(late), **values)
    else:
        yield Message("%(name)s is due in %(year)s.", **values)
    following = successor(statement)
    if following is not None and following.due_on is not None and following.goal is not None:
        text = (
            N_("Next target %(goal)s%%, due %(year)s.")
            if as_of <= following.due_on
            else N_("The next target, %(goal)s%%, was due in %(year)s, too.")
        )
        yield Message(text, goal=following.goal, year=str(following.due_on.year))


def past_sentences(past: Past) -> Iterator[Message]:
    """Last month's forecast beside what came, and whether the band held it."""
    yield Message(
        "%(month)s: forecast %(foretold)s%%, came %(came)s%%.",
        month=InMonth(past.month_end),
        foretold=cut_down(past.foretold, 1),
        came=cut_down(past.came, 1),
    )
    if past.is_outside:
        yield Message("That lies outside the range that was forecast.")


def _expected(expected: Expected, who: Message, target: Target) -> Message:
    values: dict[str, object] = {"who": who, "target": target.percent}
    if expected.about_on is None:
        return _not_expected(expected, values)
    values["about"] = InMonth(expected.about_on)
    if expected.earliest_on not in (None, expected.about_on):
        return Message(
            N_(
                "At today’s pace %(who)s reach %(target)s%% about %(about)s, %(earliest)s at the "
                "earliest; if slow, not within 24 months."
            )
            if expected.latest_on is None
            else N_(
                "At today’s pace %(who)s reach %(target)s%% about %(about)s, %(earliest)s at the "
                "earliest; if slow, %(latest)s."
            ),
            earliest=InMonth(expected.earliest_on or expected.about_on),
            latest=InMonth(expected.latest_on or expected.about_on),
            **values,
        )
    if expected.latest_on is None:
        return Message(
            "At today’s pace %(who)s reach %(target)s%% in %(about)s at the earliest; if slow, not "
            "within 24 months.",
            **values,
        )
    if expected.latest_on == expected.about_on:
        return Message("At today’s pace %(who)s reach %(target)s%% in %(about)s.", **values)
    return Message(
        "At today’s pace %(who)s reach %(target)s%% in %(about)s at the earliest; if slow, "
        "%(latest)s.",
        latest=InMonth(expected.latest_on),
        **values,
    )


def _not_expected(expected: Expected, values: Mapping[str, object]) -> Message:
    if expected.earliest_on is None:
        return Message(
            "At today’s pace %(who)s do not reach %(target)s%% within 24 months.",
            **values,
        )
    return Message(
        "At today’s pace %(who)s do not reach %(target)s%% within 24 months; if fast, in "
        "%(earliest)s.",
        earliest=InMonth(expected.earliest_on),
        **values,
    )


def _tried(expected: Expected) -> Message:
    if expected.basis == "simulated":
        return Message("Tried on simulated data, about 8 in 10 results fell inside this range.")
    return Message(
        "Tried on simulated and on past data, about 8 in 10 results fell inside this range."
    )


def _who(kind: str) -> Message:
    return Message(N_("people") if kind == PERSON else N_("businesses"))


def _span(months: int) -> Message:
    """So many years and months, without those that are none."""
    years, rest = divmod(months, 12)
    in_years = Message("%(num)s year", "%(num)s years", num=years)
    in_months = Message("%(num)s month", "%(num)s months", num=rest)
    if not rest:
        return in_years
    return Message("%(years)s %(months)s", years=in_years, months=in_months) if years else in_months
