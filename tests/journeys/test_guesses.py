"""T6: fifty guesses at one account's code, at once and at two processes: few of them are read.

As many as the waits allow one who guesses one by one: three at once, five within four seconds.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate, takewhile
from urllib.parse import urljoin, urlsplit

import httpx2
from sqlalchemy import Engine, func, select

from idp.factors.kinds import TOTP
from idp.journal.models import JournalEntry
from idp.kit.db import transaction
from idp.settings.people import ThrottleSettings
from tests.support.country import Country
from tests.support.postgres import Database
from tests.support.races import THREADS
from tests.support.served import Served, served
from tests.support.visitor import Visitor


def most_within(seconds: float) -> int:
    """So many guesses may be compared with the code in that time, however many come at once."""
    free_at = accumulate(ThrottleSettings().waits)
    return 1 + sum(1 for _ in takewhile(lambda instant: instant <= seconds, free_at))


def wrong_codes_read(engine: Engine) -> int:
    """How often a code was found wrong: what was not read is refused, and journaled as that."""
    wrong = (JournalEntry.event == "signin.attempt_failed", JournalEntry.reason == TOTP.failure)
    with transaction(engine) as db:
        return db.scalar(select(func.count()).select_from(JournalEntry).where(*wrong)) or 0


def test_of_fifty_guesses_at_two_processes_few_are_read(
    patient: Served, country: Country, module_database: Database, engine: Engine
) -> None:
    visitor = Visitor(stop_at=("https://rp.example/",))
    page = visitor.open(country.ministry(patient.url).authorize_url())
    page = visitor.submit(page, {"identifier": country.citizen.number})
    page = visitor.submit(page, {"password": country.citizen.password})
    assert page.path.endswith("/otp")
    form, cookies = page.form("otp"), dict(visitor.client.cookies)
    own = {country.citizen.code(steps_ahead=ahead) for ahead in (-1, 0, 1, 2)}
    codes = [f"{code:06d}" for code in range(THREADS + len(own))]
    codes = [code for code in codes if code not in own][:THREADS]
    with served(module_database, issuer=patient.url) as second:
        places = [urlsplit(url).netloc for url in (patient.url, second.url)]

        def guess(number: int) -> int:
            url = urlsplit(urljoin(page.url, form.action))._replace(netloc=places[number % 2])
            sent = {**form.fields, "otp": codes[number]}
            with httpx2.Client(cookies=cookies, timeout=60) as client:
                site = {"Sec-Fetch-Site": "same-origin"}
                return client.post(url.geturl(), data=sent, headers=site).status_code

        began = time.monotonic()
        with ThreadPoolExecutor(THREADS) as threads:
            statuses = list(threads.map(guess, range(THREADS)))
        lasted = time.monotonic() - began
    visitor.close()
    assert set(statuses) <= {303, 503}, "answered, or told to come back"
    assert (most_within(0), most_within(4)) == (3, 5), "the design's"
    assert 1 <= wrong_codes_read(engine) <= most_within(lasted), f"in {lasted:.1f} s"
