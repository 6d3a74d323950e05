"""G16: which acts on an account have its posts wait: every one after which it may be another's.

The acts are those of `test_endings`, which has one for each public function of the room.
"""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from idp.accounts import changes
from idp.mandates.models import Mandate
from idp.mandates.roles import StaffRole
from tests.accounts import test_endings
from tests.accounts.test_endings import CASES, KEYRING, NOW, Act, Owner
from tests.accounts.test_endings import owner as owner  # noqa: PLC0414 - fixtures
from tests.accounts.test_endings import party as party  # noqa: PLC0414
from tests.support.people import add_agency, add_person, give_app

CHANGES_HANDS = {
    "set_password",
    *("give_another", "give_first", "remove"),
    *("keep_what_was_shown", "replace_a_lost_app"),
    *("confirm", "confirm_what_was_shown", "at_desk", "confirm_at_desk"),
    *("type_code", "type_code_again", "disown_event", "choose_password"),
    *("set_factors_aside", "take_back"),
    *("prove", "note", "give_back", "let_in_again", "give_password"),
    *("print_sheet", "type_letter", "take_what_was_shown"),
}
GOES_ON = {
    *("set_nothing_aside", "take_back_nothing"),
    *("suspend", "keep_status", "change_epoch", "set_password_too_late"),
    *("add_first", "add_refused", "replace"),
    *("make_codes", "make_codes_again", "make_codes_without_an_app"),
    *("confirm_nothing", "remove_nothing", "keep_everything", "confirm_wrongly", "ask_for_a_code"),
    *("accept_passkey", "accept_a_copy"),
    *("find_a_way", "ask_whether_a_password_is_chosen"),
    *("find_own_event", "disown_nobodys_event", "choose_password_unasked"),
    *("list_what_was_not_shown", "take_what_others_may_have"),
    *("confirm_at_desk_with_another_card", "judge_card", "judge_owner", "find_doubts", "read_card"),
    *("confirm_at_desk_wrongly", "disown", "disown_what_was_shown"),
    *("type_code_for_nothing", "ask_whether_a_code_helps", "ask_what_is_given_back"),
    *("evict_nobody", "free", "keep", "lock", "register_oneself", "tell_details"),
    *("overtake", "prove_nothing_new", "at_desk_with_a_guess", "at_desk_with_another_card"),
    *("give_back_what_nobody_has", "give_back_what_was_seen"),
    *("let_in_whom_the_card_does_not_show", "let_in_where_nobody_is"),
    *("ask_for_a_code_to_an_address", "give_an_address", "have_the_address_back"),
    "send_a_code_that_nothing_counts",
    *("find_the_number", "find_the_steps_number", "ask_for_a_code_to_sign_in"),
    *("sign_in_by_text_message", "set_up_a_telephone"),
    *(
        "undo_the_first_address",
        "ask_what_was_before_the_address",
        "ask_what_contact_an_event_changed",
    ),
    *("print_for_whom_nobody_saw", "print_for_whom_the_card_does_not_show"),
    *("ask_for_a_letter", "print_a_letter", "read_a_letter", "confirm_a_print", "list_letters"),
    *("note_a_letter_returned", "count_letters", "type_letter_wrongly", "read_what_was_declared"),
    "ask_to_whom_a_password_was_given",
    *("ask_for_a_colleague", "ask_whether_it_is_done"),
    *("ask_what_password_is_void", "forget_what_passwords_are_void"),
    *("close", "close_with_a_post", "keep_account", "keep_account_too_late"),
    *("erase", "erase_too_early", "ask_until_when_erasing_waits"),
}
"""What its own holder does who showed its factors, what is refused, and what leaves it theirs."""


def add_posts(db: Session, person_ids: list[UUID], **values: Any) -> list[Mandate]:
    made = [
        Mandate(person_id=person_id, valid_on=NOW.date(), created_at=NOW, **values)
        for person_id in person_ids
    ]
    db.add_all(made)
    db.flush()
    return made


@pytest.mark.parametrize("act", CASES, ids=lambda act: act.__name__)
def test_posts_wait_when_an_account_may_be_anothers(
    db: Session, owner: Owner, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_before(db: Session, **values: Any) -> str:
        """What the account had before the act."""
        secret = give_app(db, **values)
        db.execute(update(Mandate).values(waits_since=None))
        return secret

    monkeypatch.setattr(test_endings, "give_app", give_before)
    add_posts(db, [add_person(db).id for _ in range(2)], role=StaffRole.OPERATOR)
    office = {"role": StaffRole.AGENCY_OWNER, "agency_id": add_agency(db, code="G77").id}
    [post] = add_posts(db, [owner.person_id], **office)
    assert act(db, owner)
    db.refresh(post)
    assert (post.waits_since is not None) is (act.__name__ in CHANGES_HANDS)


def test_a_password_of_ones_own_leaves_posts_as_they_are(db: Session, owner: Owner) -> None:
    """The control: by whoever just showed the account's own factors."""
    add_posts(db, [add_person(db).id for _ in range(2)], role=StaffRole.OPERATOR)
    [post] = add_posts(db, [owner.person_id], role=StaffRole.OPERATOR)
    new: dict[str, Any] = {"person_id": owner.person_id, "password_hash": "new", "kept": ()}
    assert changes.set_password(db, keyring=KEYRING, at=NOW, is_own=True, **new) is not None
    db.refresh(post)
    assert post.waits_since is None
    assert changes.set_password(db, keyring=KEYRING, at=NOW, **new) is not None
    db.refresh(post)
    assert post.waits_since == NOW


def test_every_act_is_judged() -> None:
    assert {act.__name__ for act in CASES} == CHANGES_HANDS | GOES_ON
    assert not CHANGES_HANDS & GOES_ON
