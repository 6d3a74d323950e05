"""What strangers can make the program write down is bounded."""

from idp.kit.rationing import Ration


def test_each_key_has_its_ration_and_a_new_minute_a_new_one() -> None:
    now = [60.0]
    ration = Ration(2, seconds=lambda: now[0])
    assert [ration.admits("a") for _ in range(4)] == [True, True, False, False]
    assert ration.admits("b")
    now[0] = 120.0
    assert ration.admits("a")
