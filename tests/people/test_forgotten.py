"""A forgotten password: reset at the desk, and nothing else is easier for it."""

import pytest

from tests.people.test_commands import PASSWORD, _environment, add, run

__all__ = ["_environment"]


@pytest.mark.asvs("6.4.3")
def test_a_reset_password_is_random_and_the_second_factor_stays_unless_told() -> None:
    person_id = add("--totp")["person_id"]
    passwords = {run("person", "reset-password", person_id)["password"] for _ in range(3)}
    assert len(passwords) == 3
    assert PASSWORD not in passwords
    assert run("person", "show", person_id)["has_totp"] is True
    run("person", "reset-password", person_id, "--remove-totp")
    assert run("person", "show", person_id)["has_totp"] is False
