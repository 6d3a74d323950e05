"""Every busy statement that only looks says so, and no other does: it begins no transaction."""

import gc
import re
import sys
from collections.abc import Iterable

import idp.app
from idp.kit.prepared import Prepared
from idp.kit.wire import DIALECT

_WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE)\b|\bFOR (NO KEY )?(UPDATE|SHARE)\b|pg_advisory")


def test_what_only_looks_says_so_and_nothing_else_does() -> None:
    assert idp.app
    seen = {True: 0, False: 0}
    gc.unfreeze()  # what serving froze in this process is looked at, too
    of_tests = {id(each) for m in list(sys.modules) if m.startswith("tests.") for each in _in(m)}
    for prepared in (each for each in gc.get_objects() if isinstance(each, Prepared)):
        if id(prepared) in of_tests:
            continue
        sql = str(prepared._statement.compile(dialect=DIALECT))
        looks = _WRITES.search(sql) is None
        if prepared._reads or looks:
            assert prepared._reads is looks, sql
        seen[looks] += 1
    assert min(seen.values()) >= 10


def _in(module: str) -> Iterable[object]:
    return vars(sys.modules[module]).values()
