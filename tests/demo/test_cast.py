"""The printed people: their numbers and passwords follow the product's own rules."""

import pytest

from idp.demo.cast import PLAYERS, Player
from idp.factors.password import find_problem
from idp.kit import clock
from idp.people.declaration import Declaration
from idp.people.identifiers import review_reasons
from idp.settings.people import PasswordSettings


@pytest.mark.parametrize("player", PLAYERS, ids=lambda player: player.role)
def test_a_number_agrees_with_sex_and_birth(player: Player) -> None:
    assert not review_reasons(
        player.number,
        sex=player.sex,
        birthdate=player.birthdate.isoformat(),
        today=clock.now().date(),
    )


@pytest.mark.parametrize("player", [p for p in PLAYERS if p.password], ids=lambda p: p.role)
def test_a_password_would_be_accepted(player: Player) -> None:
    born = player.birthdate.isoformat()
    owner = Declaration(player.number, player.name, born, player.sex)
    problem = find_problem(PasswordSettings(), player.password, owner=owner)
    assert problem is None
