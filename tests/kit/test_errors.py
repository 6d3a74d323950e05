"""What is wrong with several values at once."""

from idp.kit.errors import InvalidInput, errors_in_each


def no_larger(least: int, most: int) -> None:
    if least < 0:
        raise InvalidInput("Too small.", field="least")
    if most < least:
        raise InvalidInput("Smaller than the least.", field="most")


def check(least: str, most: str) -> None:
    no_larger(int(least), int(most))


GOOD = {"least": "0", "most": "100"}


def test_all_faults_are_found_each_beside_its_value() -> None:
    """The second hangs on the first: where that is wrong it is judged beside a good one."""
    found = errors_in_each(check, {"least": "-1", "most": "-2"}, good=GOOD)
    assert found == {"least": "Too small.", "most": "Smaller than the least."}
    assert errors_in_each(check, {"least": "5", "most": "4"}, good=GOOD) == {
        "most": "Smaller than the least."
    }
    assert errors_in_each(check, {"least": "5", "most": "6"}, good=GOOD) == {}
