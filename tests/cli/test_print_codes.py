"""`idp person print-codes`: a second step on paper, and who may not give it."""

from typing import Any

import pytest

from idp.factors.recovery_codes import MANY
from tests.cli.test_registry import add_person
from tests.cli.test_who import (
    OPERATOR,
    SECOND,
    appoint_operators,
    last,
    run,
)
from tests.cli.test_who import _environment as _environment  # noqa: PLC0414 - fixtures

WHO = "001190000126"
CARD = ("--name", "Hoa", "--birthdate", "1990-05-17", "--compared-again")


@pytest.fixture(autouse=True)
def _person(_environment: None) -> None:
    add_person(WHO, "--proofing", "2")


def print_codes(*more: str, number: str = WHO, card: tuple[str, ...] = CARD) -> Any:
    return run("person", "print-codes", number, *card, *more)


def test_ten_codes_are_printed_and_the_journal_names_who_did() -> None:
    appoint_operators()
    made = print_codes("--as", OPERATOR)
    assert len(set(made["codes"].split())) == MANY
    assert set(made) == {"person_id", "codes", "use_before"}
    entry = last(WHO)
    assert (entry["event"], entry["actor"]) == ("factor.enrolled", "desk")
    assert (entry["data"]["kind"], entry["data"]["by"]) == ("recovery_code", "desk")


def test_who_printed_codes_sets_no_password() -> None:
    """The control is a colleague."""
    appoint_operators()
    print_codes("--as", OPERATOR)
    reset = ("person", "reset-password", WHO)
    assert "a colleague does this one" in run(*reset, "--as", OPERATOR)
    assert last(WHO)["event"] == "desk.colleague_needed"
    assert run(*reset, "--as", SECOND)["password"]


def test_who_set_a_password_prints_no_codes() -> None:
    appoint_operators()
    run("person", "reset-password", WHO, "--as", OPERATOR)
    assert "a colleague does this one" in print_codes("--as", OPERATOR)
    assert print_codes("--as", SECOND)["codes"]


def test_an_app_goes_only_as_lost() -> None:
    appoint_operators()
    asked = print_codes("--as", SECOND, number=OPERATOR)
    assert "totp since" in asked
    assert "--lost" in asked
    assert print_codes("--as", SECOND, "--lost", number=OPERATOR)["codes"]


def test_nobody_prints_their_own() -> None:
    appoint_operators()
    assert "ask another" in print_codes("--as", OPERATOR, "--lost", number=OPERATOR)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"number": "001190000199"}, "No account holds this number"),
        ({"card": (*CARD[:1], "Lan", *CARD[2:])}, "another name"),
        ({"card": CARD[:4]}, "--compared-again"),
    ],
)
def test_what_is_refused_says_why(changed: dict[str, Any], says: str) -> None:
    assert says in print_codes(**changed)


def test_whoever_was_not_seen_is_proven_first() -> None:
    run("person", "proof", WHO, "1")
    assert "--challenge" in print_codes()
