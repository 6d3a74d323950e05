"""Every page and slice of figures, each asked for once anew and once as it is kept."""

import os
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bench.cores import Cores, read_clock, read_memory
from bench.provider import Server
from idp.figures.slices import list_months

FULL, TODAY = "/adoption", "/adoption/today"
_SLICES = ("places", "agencies", "scores", "coverage", "businesses", "actions", "figures")
_MONTHS = 12
_PLACES = 12
_REPEATED = 20


@dataclass
class Pages:
    """Milliseconds of single readers, and the worker's own CPU; its memory, in MB."""

    full: list[float] = field(default_factory=list)
    """The first page: in Vietnamese, then in English."""
    slices: list[float] = field(default_factory=list)
    kept: list[float] = field(default_factory=list)
    today: list[float] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)
    """Milliseconds of each, on average."""
    memory: float = 0.0


def measure_pages(server: Server, engine: Engine) -> Pages:
    """As a reader who comes first, and as the next one."""
    with Session(engine) as db:
        months = [month.name for month in list_months(db)][-_MONTHS:]
    addresses = [f"/adoption/{name}" for name in _SLICES]
    addresses += [
        f"/adoption/{name}?month={month}" for name in ("places", "agencies") for month in months
    ]
    addresses += [f"/adoption/places?month={month}&by=missing" for month in months]
    addresses += [f"/adoption/places/{code}" for code in _codes(engine)]
    pages = Pages()
    _ask(server, "/adoption/definitions")  # what is compiled at the first page of all
    for name, some in (
        ("full", [FULL, f"{FULL} en"]),
        ("slices", addresses),
        ("kept", [FULL, *addresses]),
        ("today", [TODAY] * _REPEATED),
    ):
        before = _cpu(server)
        setattr(pages, name, [_ask(server, address) for address in some])
        pages.cpu[name] = 1000 * (_cpu(server) - before) / len(some)
    pages.memory = read_memory(server.pid).rss
    return pages


def _codes(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT DISTINCT code FROM adoption_slice WHERE dimension = 'place' AND code <> ''"
            " ORDER BY code LIMIT %s",
            (_PLACES,),
        )
        return [row[0] for row in rows]


def _cpu(server: Server) -> float:
    """Seconds of it so far."""
    core = min(os.sched_getaffinity(0))
    return read_clock(Cores(core, core), server.pid).process


def _ask(server: Server, address: str) -> float:
    """Milliseconds to the last byte. Raises RuntimeError for anything but the page."""
    connection = HTTPConnection(server.host, timeout=60)
    started = time.perf_counter()
    path, _, language = address.partition(" ")
    connection.request("GET", path, headers={"Accept-Language": language or "vi"})
    answer = connection.getresponse()
    answer.read()
    passed = 1000 * (time.perf_counter() - started)
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{address} was answered {answer.status}")
    return passed
