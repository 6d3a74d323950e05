"""What strangers can make the program write down is bounded."""

import pytest

from idp.kit.rationing import Ration


def test_each_key_has_its_ration_and_a_new_minute_a_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [60.0]
    monkeypatch.setattr("idp.kit.rationing.time.monotonic", lambda: now[0])
    ration = Ration(2)
    assert [ration.admits("a") for _ in range(4)] == [True, True, False, False]
    assert ration.admits("b")
    now[0] = 120.0
    assert ration.admits("a")
