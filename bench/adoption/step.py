"""`python -m bench.adoption.step 2026-10-31`: close the days up to that one, as its next morning.

A process of its own, so that its memory and CPU time are known when it has ended.
"""

import sys
from datetime import date, timedelta

from idp.figures.days import DAY, day_start
from idp.figures.rollup import roll_up
from idp.figures.rules import counting_rules
from idp.kit import clock
from idp.kit.db import make_engine
from idp.settings import Settings


def main(last: date) -> None:
    settings = Settings()
    rules = counting_rules(settings)
    engine = make_engine(settings.database.url)
    morning = day_start(last + DAY, rules.time_zone) + timedelta(minutes=5)
    by = min(morning - clock.now(), timedelta(0))
    with clock.shifted(by), engine.begin() as connection:
        roll_up(connection, rules=rules)
    engine.dispose()


if __name__ == "__main__":
    main(date.fromisoformat(sys.argv[1]))
