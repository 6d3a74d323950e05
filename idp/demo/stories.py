"""What the demo's history has to tell: a province that surges, one that stalls, a late ministry.

And a revision: a few people were entered in the wrong province, which was found after two months
had been published.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.demo.calendar import Calendar
from idp.demo.residents import Resident
from idp.figures.days import DAY, day_start, local_day, month_start
from idp.figures.month_recount import revise_months
from idp.journal.models import JournalEntry
from idp.journal.record import entry, record_all

SURGING, STALLED = "22", "40"
"""Quảng Ninh and Nghệ An, whose codes the merger left alone."""
LATE_MINISTRY = "G18"
"""The Ministry of Health: live five months ago, long after the others."""
LATE = timedelta(days=150)
WRONG, RIGHT = "31", "33"
"""Entered in Hải Phòng; they live in Hưng Yên."""
REASON = "Sửa nơi cư trú của một số người đã nhập nhầm tỉnh."
_SURGE = timedelta(days=240)
_STALL = timedelta(days=420)
_SURGING_SHARE, _AS_OTHERS = 0.5, 0.35
_CORRECTED = 12


def choose(random: Random, adults: Sequence[Resident], count: int) -> list[Resident]:
    """Who gets an account: so many, and of the surging province about twice its share."""
    surging = [r for r in adults if r.province.code == SURGING]
    others = [r for r in adults if r.province.code != SURGING]
    first = random.sample(surging, min(round(_SURGING_SHARE * len(surging)), count))
    return first + random.sample(others, min(count - len(first), len(others)))


def registered_at(random: Random, resident: Resident, calendar: Calendar) -> datetime:
    """When they register: ever more of them a day, but for the two provinces."""
    if resident.province.code == SURGING and random.random() > _AS_OTHERS:
        return calendar.instant_after(random, max(calendar.ends_at - _SURGE, calendar.begins_at))
    at = calendar.growing_instant(random)
    stalled_at = has_stalled_at(calendar)
    if resident.province.code == STALLED and at > stalled_at:
        return calendar.begins_at + (stalled_at - calendar.begins_at) * random.random()
    return at


def has_stalled_at(calendar: Calendar) -> datetime:
    """From then on hardly anybody of that province comes."""
    return max(calendar.ends_at - _STALL, calendar.begins_at + DAY)


def correct_homes(db: Session, calendar: Calendar) -> int:
    """Correct the province of people who registered two whole months ago; publish both months anew.

    The number of people; nothing is published where there are none.
    """
    first = month_start(calendar.last_on + DAY, months_before=2)
    since, until = (
        day_start(first, calendar.zone.key),
        day_start(month_start(first, months_before=-1), calendar.zone.key),
    )
    data = JournalEntry.data
    wrong = db.execute(
        select(JournalEntry.subject_number, JournalEntry.at)
        .where(
            JournalEntry.event == "person.registered",
            JournalEntry.at >= since,
            JournalEntry.at < until,
            data["place"].astext == WRONG,
        )
        .order_by(JournalEntry.id)
        .limit(_CORRECTED)
    ).all()
    record_all(
        db,
        [
            entry(
                event="person.place_changed",
                subject_number=number,
                data={
                    "place": RIGHT,
                    "valid_on": local_day(at, calendar.zone.key).isoformat(),
                    "reason": REASON,
                },
            )
            for number, at in wrong
        ],
    )
    if wrong:
        months = [month_start(first, months_before=-after) - DAY for after in (1, 2)]
        revise_months(db, months, reason=REASON)
    return len(wrong)
