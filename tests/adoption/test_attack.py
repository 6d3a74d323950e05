"""No count of a few is recovered from all that is public; with the rules off many are."""

import os
import time
from collections import Counter

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from idp.figures import disclosure, nested
from tests.adoption.attack.reading import collect, publish


@pytest.mark.parametrize("seed", [int(os.environ.get("SEED", "7"))])
def test_try(owner: Engine, browser: TestClient, seed: int, monkeypatch) -> None:
    if os.environ.get("OFF"):
        monkeypatch.setattr(nested, "starred_together", lambda values: (set(), []))
        monkeypatch.setattr(nested, "list_differences", lambda: iter(()))
        monkeypatch.setattr(nested, "MOST_STARRED", 2)
        monkeypatch.setattr(disclosure, "tells", lambda hidden, rounded=0: False)
    t = time.time()
    country, versions = publish(owner, seed, is_adversarial=bool(os.environ.get("ADV")))
    print("publish", time.time() - t)
    t = time.time()
    known = collect(browser, country, versions)
    print("collect", time.time() - t)
    t = time.time()
    found, small = known.recovered(at_once=bool(os.environ.get("ONCE")))
    print("solve", time.time() - t, len(known.like), len(small), len(found))
    print("\n".join(known.undecided))
    b = known.reader.known()
    for each in found:
        print(each, known.like[each], b[each])
    print(Counter(each.split(":")[0].split(" ", 1)[1] for each in small))
    assert 0
