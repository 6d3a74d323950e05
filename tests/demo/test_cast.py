"""The printed people: their numbers and passwords follow the product's own rules."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.accounts.proofing import set_proofing
from idp.accounts.registration import register_oneself
from idp.demo.cast import PLAYERS, Player, find_sign_ins
from idp.factors.password import find_problem
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.people.declaration import Declaration, declare
from idp.people.identifiers import review_reasons
from idp.people.models import Person
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


def test_who_of_the_cast_registered_meanwhile_has_an_account(db: Session) -> None:
    """F1: a second `make demo` still said that the newcomer had none."""
    keyring, at = Keyring(["secret-of-the-tests"], "lookup-of-the-tests"), clock.now()
    newcomer, stranger = (p for p in PLAYERS if p.role in ("newcomer", "stranger"))
    assert {*find_sign_ins(db, keyring=keyring)}.isdisjoint(("newcomer", "stranger"))
    claims = {}
    for player in (newcomer, stranger):
        born = player.birthdate.isoformat()
        made = register_oneself(
            db,
            keyring=keyring,
            declaration=declare(
                number=player.number, name=player.name, birthdate=born, sex=player.sex, at=at
            ),
            password_hash="hash",
            at=at,
        )
        claims[player.role] = made.claim
    found = find_sign_ins(db, keyring=keyring)
    assert {role: found[role] for role in claims} == claims
    [person_id] = db.scalars(select(Person.id).where(Person.name == newcomer.name))
    set_proofing(db, keyring=keyring, person_id=person_id, proofing=1, at=at)
    assert find_sign_ins(db, keyring=keyring)["newcomer"] == newcomer.number
