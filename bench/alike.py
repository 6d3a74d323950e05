"""T5: whether the time of an answer tells what a number is: `python -m bench.alike`.

Numbers of five kinds are gone through in turn, in a random order each time, so that whatever else
the machine does meets all of them alike: the form of the number, the page after it, and a wrong
password, in a browser that nobody knows. The medians are compared with those of unknown numbers.
A locked account is one that waits: nobody's wrong password is looked at there, nor at an unknown
number that was tried as often, so that only its pages are compared.
"""

import argparse
import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy.orm import Session

from bench.client import Connection
from bench.cores import choose_cores
from bench.flows import Party, hidden_fields, location_of
from bench.provider import provider, settle
from bench.seed import CLIENT_ID, PASSWORD, REDIRECT_URI, found_country
from idp.accounts.changes import set_status
from idp.accounts.registration import Registered, register_person
from idp.demo.postgres import EmbeddedPostgres
from idp.factors import kinds
from idp.factors.attempts import count_attempt
from idp.factors.password import hash_password
from idp.kit import clock
from idp.kit.db import make_engine, transaction
from idp.kit.migrations import upgrade
from idp.people.declaration import declare
from idp.people.models import PersonStatus
from idp.settings import Settings
from tests.support.passkeys import SoftKey
from tests.support.people import give_passkey

UNKNOWN, KNOWN, PASSKEY, LOCKED, SUSPENDED = KINDS = (
    "unknown",
    "known",
    "with a passkey",
    "locked",
    "suspended",
)
STEPS = ("number", "page", "wrong password")
_TRIES = 2
"""Wrong passwords that an account takes before it waits."""
_DAY = 86_400
_WRONG = "mười hai con giáp đi chơi"
_EASED = {
    "IDP_ENVIRONMENT": "test",
    "IDP_THROTTLE__SOURCE_LIMIT": "1000000",
    "IDP_THROTTLE__SIGN_INS_PER_SOURCE": "1000000",
}
"""All of it comes from one address, which production would soon have wait."""


@dataclass
class Seen:
    """Seconds that each step took, of one kind of number."""

    steps: dict[str, list[float]] = field(default_factory=lambda: {step: [] for step in STEPS})

    def median(self, step: str) -> float:
        """Milliseconds; 0 for what was not measured."""
        return 1000 * statistics.median(self.steps[step] or [0.0])


@dataclass(frozen=True)
class Numbers:
    """What is typed, by kind, each as often as an account may be tried."""

    of: dict[str, list[str]]
    client_secret: str = field(repr=False)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.alike", description=__doc__)
    parser.add_argument("--each", type=int, default=1000, help="requests of each kind")
    parser.add_argument(
        "--passwords", type=int, help="of these, with a wrong password; default all"
    )
    options = parser.parse_args()
    each = options.each
    passwords = each if options.passwords is None else options.passwords
    cores = choose_cores()
    with tempfile.TemporaryDirectory(prefix="idp-alike-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with EmbeddedPostgres(folder / "data") as postgres:
            settle(postgres, folder)
            os.environ |= _EASED
            settings = Settings()
            numbers = _seed(settings, each)
            with provider(core=cores.serving, log=folder / "provider.log") as server:
                seen = asyncio.run(_measure(server.host, numbers, each, passwords))
    _show(seen)


def _seed(settings: Settings, each: int) -> Numbers:
    """As many people of each kind as no account is tried more than a few times."""
    upgrade(settings.database.owner_url)
    engine, many = make_engine(settings.database.url), -(-each // _TRIES)
    secret = found_country(engine, settings=settings, people=1, holders=0).client_secret
    password_hash = hash_password(settings.passwords, PASSWORD)
    of: dict[str, list[str]] = {}
    try:
        for place, kind in enumerate(KINDS, start=2):
            numbers = [f"001190{place}{n:05d}" for n in range(many)]
            of[kind] = numbers * _TRIES
            with transaction(engine) as db:
                for number in numbers if kind != UNKNOWN else ():
                    _add(db, settings, kind, number, password_hash)
    finally:
        engine.dispose()
    return Numbers(of, secret)


def _add(db: Session, settings: Settings, kind: str, number: str, password_hash: str) -> None:
    at, keyring = clock.now(), settings.secrets.keyring()
    said = {"name": "Trần Thị Mai", "birthdate": "1990-05-06", "sex": "female"}
    person = register_person(
        db,
        keyring=keyring,
        declaration=declare(number=number, at=at, **said),
        password_hash=password_hash,
        at=at,
        proofing=1,
    )
    assert isinstance(person, Registered)
    if kind == PASSKEY:
        key = SoftKey(origin=settings.issuer.url, rp_id=settings.issuer.host)
        give_passkey(db, key, keyring=keyring, person_id=person.person_id, at=at)
    elif kind == SUSPENDED:
        set_status(db, person_id=person.person_id, status=PersonStatus.SUSPENDED, at=at)
    elif kind == LOCKED:
        _lock(db, settings, person.person_id)


def _lock(db: Session, settings: Settings, person_id: UUID) -> None:
    """Have it wait for a day, as after many wrong passwords."""
    count_attempt(
        db,
        kinds.PASSWORD,
        keyring=settings.secrets.keyring(),
        settings=settings.throttle.model_copy(update={"waits": (_DAY,)}),
        person_id=person_id,
        device="",
        address="192.0.2.9",
        at=clock.now(),
    )


async def _measure(host: str, numbers: Numbers, each: int, passwords: int) -> dict[str, Seen]:
    party = Party(CLIENT_ID, numbers.client_secret, REDIRECT_URI)
    connection, seen = Connection(host), {kind: Seen() for kind in KINDS}
    for n in range(-(each // 20), each):
        for kind in random.sample(KINDS, len(KINDS)):
            told = seen[kind] if n >= 0 else Seen()
            number, is_tried = numbers.of[kind][n], 0 <= n < passwords and kind != LOCKED
            await _walk(connection, party, number, told, is_tried=is_tried)
    connection.close()
    return seen


async def _walk(
    connection: Connection, party: Party, number: str, told: Seen, *, is_tried: bool
) -> None:
    """From nothing to the page that asks for a password, and where it `is_tried`, to a refusal."""
    connection.cookies.clear()
    at = location_of(await connection.get(party.authorize_target()))
    hidden = hidden_fields((await connection.get(at)).expect(200))
    body = urlencode({**hidden, "identifier": number}).encode()
    began = time.perf_counter()
    to = location_of(await connection.post(at, body))
    told.steps["number"].append(time.perf_counter() - began)
    began = time.perf_counter()
    page = (await connection.get(to)).expect(200)
    told.steps["page"].append(time.perf_counter() - began)
    if not is_tried:
        return
    body = urlencode({**hidden_fields(page), "password": _WRONG}).encode()
    began = time.perf_counter()
    (await connection.post(to, body)).expect(303)
    told.steps["wrong password"].append(time.perf_counter() - began)


def _show(seen: dict[str, Seen]) -> None:
    """A table: the median of each step in milliseconds, and how far it is from the first row's."""
    many = [f"{step}, {len(seen[UNKNOWN].steps[step])}" for step in STEPS]
    print("medians of so many requests of each kind, ms (against unknown numbers)")
    print("| kind | " + " | ".join(many) + " |\n|---|" + "---|" * len(STEPS))
    for kind in KINDS:
        print(f"| {kind} | " + " | ".join(_cells(seen, kind)) + " |")


def _cells(seen: dict[str, Seen], kind: str) -> Sequence[str]:
    cells = []
    for step in STEPS:
        median, usual = seen[kind].median(step), seen[UNKNOWN].median(step)
        cells.append(f"{median:.2f} ({100 * (median / usual - 1):+.1f} %)" if median else "–")
    return cells


if __name__ == "__main__":
    main()
