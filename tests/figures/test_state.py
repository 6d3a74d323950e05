"""Who represents whom on which day."""

from datetime import date, timedelta

import pytest
from pyroaring import BitMap

from idp.figures.state import State
from idp.journal.replay import StateEvent
from tests.figures.history import Row, represents, represents_no_more

DAY = timedelta(days=1)
MAY = date(2025, 5, 1)


def as_event(row: Row) -> StateEvent:
    return StateEvent(
        day_on=row["at"].date(),
        event=row["event"],
        subject_number=row["subject_number"],
        organization_number=row["organization_number"],
        data=row["data"],
    )


@pytest.mark.parametrize(
    ("rows", "proven_from", "proven_until"),
    [
        ([represents(1, 1, MAY)], MAY, None),
        ([represents(1, 1, MAY, valid_on=MAY + 9 * DAY)], MAY + 9 * DAY, None),
        ([represents(1, 1, MAY, valid_on=MAY - 9 * DAY)], MAY, None),
        (
            [represents(1, 1, MAY), represents_no_more(1, 1, MAY + 3 * DAY, valid_on=MAY)],
            MAY,
            MAY + 3 * DAY,
        ),
        (
            [
                represents(1, 1, MAY),
                represents_no_more(1, 1, MAY, valid_on=MAY, ended_on=MAY + 40 * DAY),
            ],
            MAY,
            MAY + 40 * DAY,
        ),
        (
            [
                represents(1, 1, MAY, valid_on=MAY + 9 * DAY),
                represents_no_more(1, 1, MAY + DAY, valid_on=MAY + 9 * DAY, ended_on=MAY + 2 * DAY),
            ],
            None,
            None,
        ),
        (
            [
                represents(1, 1, MAY),
                represents_no_more(1, 1, MAY, valid_on=MAY, ended_on=MAY + 20 * DAY),
                represents_no_more(1, 1, MAY, valid_on=MAY, ended_on=MAY + 5 * DAY),
                represents(1, 1, MAY + 5 * DAY),
            ],
            MAY,
            None,
        ),
    ],
    ids=[
        "from the day recorded",
        "from a later day",
        "recorded late",
        "until the day recorded",
        "until a later day",
        "ended before it began",
        "cut short and begun anew",
    ],
)
def test_a_representation_counts_from_its_first_day_until_its_end(
    rows: list[Row], proven_from: date | None, proven_until: date | None
) -> None:
    events = [as_event(row) for row in rows]
    state = State()
    for day in (MAY + n * DAY for n in range(-12, 60)):
        for event in events:
            if event.day_on == day:
                state.apply(event)
        state.begin(day)
        is_proven = (
            proven_from is not None
            and proven_from <= day
            and (proven_until is None or day < proven_until)
        )
        assert (1 in state.represented_by(BitMap([1]))) is is_proven, day
