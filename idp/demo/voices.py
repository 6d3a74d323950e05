"""What the demo's people said of signing in, when they were asked: counts, as the product keeps."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from random import Random
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from idp.demo.calendar import Calendar
from idp.demo.history import SignIn
from idp.figures.days import DAY, month_start
from idp.journal.models import Outcome
from idp.satisfaction.asking import EVERY, Answer
from idp.satisfaction.models import SatisfactionCount

_SEED = 71
_SAYS_SOMETHING = 0.3
_UNHAPPY = 0.62
_LEAST, _MOST = 0.74, 0.96
_NEITHER = 0.6
"""Of those who are not satisfied."""


def answer_questions(
    db: Session, sign_ins: Iterable[SignIn], *, calendar: Calendar, unhappy: UUID
) -> int:
    """Ask after sign-ins as the pages do, once in 90 days; the number of answers.

    Those of the agency `unhappy` are less satisfied than others. Random numbers of its own: what
    else happens in the country does not depend on it.
    """
    random = Random(_SEED)
    asked: dict[int | None, date] = {}
    satisfied: dict[UUID, float] = {unhappy: _UNHAPPY}
    counts: Counter[tuple[date, UUID, UUID, Answer]] = Counter()
    for each in sign_ins:
        if each.outcome is not Outcome.SUCCESS or each.subject_number is None:
            continue
        on = calendar.first_on + calendar.day_of(each.at) * DAY
        if on - asked.get(each.subject_number, date.min) < EVERY:
            continue
        asked[each.subject_number] = on
        if random.random() > _SAYS_SOMETHING:
            continue
        share = satisfied.setdefault(each.agency_id, random.uniform(_LEAST, _MOST))
        said = Answer.SATISFIED if random.random() < share else _less(random)
        counts[month_start(on), each.agency_id, each.service_id, said] += 1
    names = ("month_on", "agency_id", "service_id", "answer")
    rows = [
        {**dict(zip(names, key, strict=True)), "answers": count} for key, count in counts.items()
    ]
    if rows:
        db.execute(insert(SatisfactionCount), rows)
    return sum(counts.values())


def _less(random: Random) -> Answer:
    return Answer.NEITHER if random.random() < _NEITHER else Answer.DISSATISFIED
