"""Who waits longest is served first."""

import threading
import time

from idp.kit.turns import Turns


def test_places_are_had_in_the_order_in_which_they_were_asked_for() -> None:
    turns, served = Turns(1), list[int]()
    assert turns.acquire(timeout=0)

    def wait(number: int) -> None:
        assert turns.acquire(timeout=10)
        served.append(number)
        turns.release()

    waiting = [threading.Thread(target=wait, args=(number,)) for number in range(4)]
    for length, thread in enumerate(waiting, start=1):
        thread.start()
        while len(turns._line) < length:
            time.sleep(0.001)
    turns.release()
    assert not turns.acquire(timeout=0) or served == [0, 1, 2, 3], "a newcomer passes nobody"
    for thread in waiting:
        thread.join()
    assert served == [0, 1, 2, 3]


def test_there_are_as_many_places_as_were_given_back() -> None:
    turns = Turns(2)
    for _ in range(2):
        assert [turns.acquire(timeout=0) for _ in range(3)] == [True, True, False]
        turns.release()
        turns.release()


def test_whoever_gave_up_waiting_is_given_no_place() -> None:
    turns = Turns(1)
    assert turns.acquire(timeout=0)
    assert not turns.acquire(timeout=0.01)
    turns.release()
    assert turns.acquire(timeout=0)
