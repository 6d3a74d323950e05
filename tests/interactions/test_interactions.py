"""An interaction belongs to one browser and ends exactly once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.interactions.end import AlreadyEnded, end_interaction, sweep_abandoned
from idp.interactions.lookup import find_interaction, find_past_interaction
from idp.interactions.models import Interaction
from idp.interactions.opening import Credit, Opening, open_interaction, read_login_hint
from idp.interactions.progress import claim_number, decide_consent, remember_identifier
from idp.journal.models import JournalEntry, Outcome
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.people.identifiers import give_number, hashes_of
from idp.settings import Settings
from tests.support.people import add_person

LIFETIME = timedelta(minutes=30)
MINE, THEIRS = b"mine", b"theirs"


def begin(db: Session, **credit: Any) -> Interaction:
    opening = Opening(
        return_path="/back/{id}", lifetime=LIFETIME, credit=Credit(**{"counted": True, **credit})
    )
    return open_interaction(db, opening, browser_hash=MINE)


def test_it_is_found_in_its_own_browser_only(db: Session) -> None:
    interaction = begin(db)
    assert interaction.return_path == f"/back/{interaction.id}"
    found = find_interaction(db, interaction_id=interaction.id, browser_hash=MINE)
    assert found is not None
    assert found.return_path == interaction.return_path
    assert find_interaction(db, interaction_id=interaction.id, browser_hash=THEIRS) is None


def test_it_ends_once_and_takes_nothing_more(db: Session) -> None:
    interaction = begin(db)
    own = {"interaction_id": interaction.id, "browser_hash": MINE}
    remember_identifier(db, interaction_id=interaction.id, person_id=None, identifier_hash=b"x")
    found = find_interaction(db, **own)
    assert found is not None
    assert found.identifier_hash == b"x"
    end_interaction(db, interaction_id=interaction.id)
    with pytest.raises(AlreadyEnded), db.begin_nested():
        end_interaction(db, interaction_id=interaction.id)
    decide_consent(db, interaction_id=interaction.id, allowed=True)
    assert find_interaction(db, **own) is None
    past = find_past_interaction(db, **own)
    assert past is not None
    assert (past.identifier_hash, past.consent_decision) == (b"x", None)


def test_a_number_is_claimed_for_who_holds_it_or_for_nobody(db: Session) -> None:
    """In one statement, the same for both; what another had chosen is gone."""
    keyring = Keyring(["a secret of these tests"], "lookup")
    person_id, at = add_person(db).id, clock.now()
    give_number(db, keyring=keyring, person_id=person_id, number="001190000001", at=at)
    interaction = begin(db)
    own = {"interaction_id": interaction.id, "browser_hash": MINE}
    for number, holder in (("001190000001", person_id), ("001190000002", None)):
        decide_consent(db, interaction_id=interaction.id, allowed=True)
        hashes = hashes_of(keyring, number)
        claim_number(db, interaction_id=interaction.id, number_hashes=hashes)
        found = find_interaction(db, **own)
        assert found is not None
        assert (found.person_id, found.identifier_hash) == (holder, hashes[0])
        assert found.consent_decision is None


def test_a_login_hint_is_readable_only_with_the_key_and_until_the_end(
    db: Session, module_settings: Settings
) -> None:
    keyring = module_settings.secrets.keyring()

    def hinted() -> Interaction:
        opening = Opening(
            return_path="/", lifetime=LIFETIME, login_hint="001090000001", keyring=keyring
        )
        interaction = open_interaction(db, opening, browser_hash=MINE)
        assert b"001090000001" not in (interaction.login_hint_encrypted or b"")
        assert read_login_hint(interaction, keyring=keyring) == "001090000001"
        assert read_login_hint(interaction, keyring=Keyring(["other"], "other")) == ""
        return interaction

    ended, swept = hinted(), hinted()
    end_interaction(db, interaction_id=ended.id)
    with clock.shifted(LIFETIME + timedelta(seconds=1)):
        sweep_abandoned(db)
    for interaction in (ended, swept):
        kept = db.get_one(Interaction, interaction.id)
        assert read_login_hint(kept, keyring=keyring) == ""


def test_an_unfinished_sign_in_is_abandoned_once(db: Session) -> None:
    agency_id = uuid4()
    counted = begin(db, agency_id=agency_id, tier="province")
    uncounted, finished = begin(db, counted=False), begin(db)
    end_interaction(db, interaction_id=finished.id)
    assert sweep_abandoned(db) == 0
    with clock.shifted(LIFETIME + timedelta(seconds=1)):
        assert find_interaction(db, interaction_id=counted.id, browser_hash=MINE) is None
        assert sweep_abandoned(db) == 2
        assert sweep_abandoned(db) == 0
    rows = db.scalars(select(JournalEntry).where(JournalEntry.outcome.is_not(None))).all()
    assert [(row.sign_in_id, row.outcome) for row in rows] == [(counted.id, Outcome.ABANDONED)]
    assert [(row.agency_id, row.tier) for row in rows] == [(agency_id, "province")]
    assert uncounted.id != counted.id
