"""G1, G2, G4: every door to a level, a factor, proofing or a contact, and its function.

Whoever adds a door finds it missing here, and asks whether the function it calls judges enough.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import idp

ROOT = Path(idp.__file__).parent
DOORS = {
    # a level: what a session rests on
    "start_session": {"signin/factors.py:begin_anew", "account/entry.py:restart_session"},
    "restart_session": {
        "account/password.py:_change",
        "account/factor.py:disown",
        "account/not_me.py:act",
        "account/not_me.py:_choose",
        "account/close.py:keep",
    },
    "raise_session": {"signin/factors.py:raise_to", "account/entry.py:raise_session_with"},
    "raise_session_with": {
        *("account/factor.py:submit_new", "account/passkey.py:submit"),
        "account/text_step.py:submit",
    },
    "sign_in": {
        "signin/password.py:_judge",
        "signin/passkey.py:_session",
        "signin/new_account.py:make_account",
    },
    "begin_anew": {"signin/factors.py:sign_in", "signin/proven.py:go_on_proven"},
    "raise_to": {
        "signin/making.py:add_made",
        "signin/passkey.py:_session",
        "signin/factors.py:sign_in",
        "signin/enrol.py:set_up_app",
        "signin/enrol_text.py:submit",
        "signin/ending.py:end_shown",
    },
    "end_shown": {
        "signin/otp.py:_judge",
        "signin/recovery_code.py:_judge",
        "signin/text_message.py:_judge",
    },
    "with_shown": {
        "signin/making.py:add_made",
        "signin/passkey.py:_session",
        "signin/enrol.py:set_up_app",
        "signin/enrol_text.py:submit",
        "account/entry.py:raise_session_with",
        "signin/ending.py:end_shown",
    },
    "shown_at": {"signin/factors.py:sign_in", "sessions/evidence.py:with_shown"},
    # a factor: only `accounts` binds, and each of its functions says whose word it rests on
    "_bind": {f"accounts/changes.py:{n}" for n in ("add_factor", "replace_factor", "give_factor")},
    "add_factor": {
        "signin/enrol.py:set_up_app",
        "account/factor.py:submit_new",
        "account/passkey.py:submit",
        "signin/making.py:add_made",
        "accounts/text_steps.py:add_telephone",
    },
    "add_made": {"signin/offer.py:_judge", "signin/enrol_passkey.py:submit"},
    "add_telephone": {"account/text_step.py:submit", "signin/enrol_text.py:submit"},
    "use_telephone": {"accounts/text_steps.py:take_step_code"},
    "take_step_code": {"signin/text_message.py:_judge"},
    "use_passkey": {"accounts/passkeys.py:accept_passkey"},
    "accept_passkey": {"signin/passkey.py:_check", "account/recovery_passkey.py:take_passkey"},
    "replace_factor": {
        "account/factor.py:submit_new",
        "account/codes.py:submit",
        "signin/codes.py:submit",
    },
    "show_codes": {
        *(f"signin/{name}:submit" for name in ("enrol.py", "enrol_passkey.py")),
        "signin/proven.py:go_on_proven",
    },
    "begin_set": {"account/codes.py:show", "signin/enrol.py:show_codes"},
    "use_code": {
        *("signin/recovery_code.py:_judge", "account/recovery_second.py:take_second"),
        "recovery/taking_back.py:take_code_before",
    },
    "take_code_before": {"account/recovery_back_passkey.py:_judge"},
    "give_factor": {
        "cli/person.py:add",
        "demo/cast.py:_register",
        "accounts/sheets.py:print_sheet",
    },
    "new_sheet": {"accounts/sheets.py:print_sheet"},
    "print_sheet": {"cli/sheet.py:print_codes", "console/sheet.py:give"},
    "remove_factor": {"accounts/proofing.py:prove_at_desk"},
    "confirm": {"accounts/changes.py:confirm_factor"},
    "confirm_factor": {
        "accounts/desk_confirmation.py:confirm_factor_at_desk",
        "accounts/proofing.py:confirm_shown",
    },
    "confirm_factor_at_desk": {"cli/desk.py:confirm", "console/people.py:confirm_app"},
    "confirm_shown": {
        "accounts/proofing.py:prove_at_desk",
        "accounts/possession.py:take_shown",
    },
    "keep_factors": {
        "accounts/disowning.py:disown",
        "accounts/changes.py:set_password",
        "accounts/proofing.py:confirm_shown",
        "accounts/lost.py:give_password",
        "accounts/sheets.py:print_sheet",
        "accounts/taking_back.py:set_factors_aside",
    },
    "set_factors_aside": {"recovery/machine.py:_set_aside"},
    "give_account_back": {"recovery/taking_back.py:take_back"},
    "remove_lost": {
        "accounts/lost.py:give_password",
        "accounts/proofing.py:note_proofed",
        "accounts/taking_back.py:give_account_back",
    },
    "delete_beside": {
        *(f"factors/binding.py:{name}" for name in ("unbind", "forget_factors")),
        "factors/lost.py:remove_lost",
        "factors/ways.py:remove_suspended",
    },
    "disown_factors": {"account/factor.py:disown"},
    "set_password": {
        "accounts/disowning.py:choose_password",
        "accounts/lost.py:give_password",
        "account/password.py:_change",
        "accounts/taking_back.py:give_account_back",
        "recovery/machine.py:finish",
    },
    "give_password": {"cli/person.py:reset_password", "accounts/lost.py:let_in_again"},
    # whose hands an account is in: its posts wait after each of these
    "hold_posts": {
        "accounts/disowning.py:disown",
        *(f"accounts/changes.py:{name}" for name in ("set_password", "give_factor")),
        "accounts/changes.py:replace_factor",
        *(f"accounts/changes.py:{name}" for name in ("confirm_factor", "remove_factor")),
        "accounts/changes.py:keep_factors",
        "accounts/proofing.py:note_proofed",
        "accounts/possession.py:_show_again",
        "accounts/taking_back.py:set_factors_aside",
    },
    # the database: what production marked opens for nothing that says less
    "settle_environment": {"cli/database.py:connected", "cli/migrate.py:migrate", "app.py:_start"},
    "create_engine": {
        "kit/db.py:make_engine",
        "kit/migrations.py:is_current",
        "settings/deployment.py:settle_environment",
    },
    "make_engine": {
        "cli/database.py:serving_engine",
        *("cli/demo.py:_prepare", "cli/demo.py:_settle"),
        *("work.py:working", "runtime.py:_serving_engine"),
    },
    # one judge of who may, and one of what it is worth
    "is_fresh": {
        "accounts/changes.py:add_factor",
        "accounts/changes.py:replace_factor",
        "accounts/ways.py:find_way",
        "accounts/enrolment.py:find_lacking",
        "account/entry.py:require_fresh_owner",
        "signin/contact.py:show",
        "signin/contact.py:_asked",
        "signin/progress.py:find_step",
        "signin/confirm.py:_needs_app",
        "signin/ending.py:may_make_one",
    },
    "trust_in_new": {
        "accounts/changes.py:add_factor",
        "accounts/changes.py:replace_factor",
        "signin/enrol.py:confirmed_from",
    },
    # proofing
    "insert_person": {
        "accounts/registration.py:register_person",
        "accounts/registration.py:register_oneself",
    },
    "register_person": {
        "cli/person.py:add",
        "demo/cast.py:_register",
    },
    "register_oneself": {"signin/new_account.py:make_account"},
    "set_proofing": {
        "cli/desk.py:proof",
        "accounts/proofing.py:prove_at_desk",
        "accounts/possession.py:take_shown",
        "accounts/taking_back.py:give_account_back",
        "recovery/machine.py:finish",
    },
    # a number: who judges a card, and what takes one from its holder
    "judge_card": {"accounts/cards.py:judge_owner", "accounts/reclaim.py:reclaim_number"},
    "judge_owner": {
        "accounts/proofing.py:prove_at_desk",
        "accounts/desk_confirmation.py:confirm_factor_at_desk",
        "accounts/lost.py:let_in_again",
        "accounts/sheets.py:print_sheet",
    },
    # no official hands over both halves of an account
    "need_colleague": {
        "cli/person.py:reset_password",
        "accounts/lost.py:let_in_again",
        "accounts/reclaim.py:reclaim_number",
        "accounts/proofing.py:prove_at_desk",
        "accounts/desk_confirmation.py:confirm_factor_at_desk",
        "accounts/sheets.py:print_sheet",
    },
    "free_number": {
        "accounts/proofing.py:_take_number",
        "accounts/registration.py:register_person",
    },
    "end_number": {"accounts/numbers.py:free_number"},
    "prove_at_desk": {"cli/desk.py:proof", "console/people.py:prove"},
    "reclaim_number": {"cli/desk.py:reclaim", "console/people.py:_reclaim"},
    "let_in_again": {"console/lost.py:_let_in"},
    "confirm_code": {"signin/confirm.py:_confirm"},
    "confirm_letter": {"signin/letter.py:submit"},
    "take_shown": {"accounts/possession.py:confirm_code", "accounts/posted.py:confirm_letter"},
    "go_on_proven": {"signin/confirm.py:_confirm", "signin/letter.py:submit"},
    "print_letters": {"cli/letters.py:_print", "console/letters.py:_print"},
    "read_batch": {"cli/letters.py:_print", "console/letters.py:_read"},
    # where a person is reached: what replaces or forgets an address tells it first
    "add_contact": {
        "cli/person.py:_add_contacts",
        "demo/cast.py:_give_address",
        "accounts/possession.py:_keep_contact",
        "people/contacts.py:replace_contact",
    },
    "replace_contact": {"accounts/contacts.py:confirm_contact"},
    "undo_replacement": {
        "accounts/contacts.py:undo_contact",
        "accounts/contacts.py:undo_change",
        "accounts/taking_back.py:_forget_contacts",
    },
    "undo_change": {"accounts/disowning.py:_undo_contact"},
    "take_away": {
        "accounts/contacts.py:undo_change",
        "accounts/taking_back.py:_forget_contacts",
        "people/contacts.py:undo_replacement",
    },
    "remove_contacts": {
        "accounts/reclaim.py:reclaim_number",
        "accounts/closing.py:erase_next",
    },
    # an account's end: its owner asks, and nobody else
    "begin_closing": {"account/close.py:close"},
    "undo_closing": {"account/close.py:keep"},
    "erase_next": {"personal_data/erasing.py:erase_due"},
    "erase_due": {"work.py:erase"},
    # what needs a level of staff
    "demand_staff_level": {"console/entry.py:_admit", "portal/entry.py:_admit"},
    "_demand_staff_level": {"mandates/changes.py:start_mandate"},
    "start_mandate": {
        "cli/staff.py:appoint",
        "cli/representative.py:add",
        "demo/cast.py:register_cast",
        "demo/accounts.py:register_companies",
        "demo/beginners.py:_start",
    },
}


def calls(tree: ast.AST) -> Iterator[str]:
    """The names of all that is called within, by name or as an attribute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            yield getattr(function, "id", "") or getattr(function, "attr", "")


def callers() -> Iterator[tuple[str, str]]:
    """Each function that is called, and by which function of which file."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for name in calls(node):
                    yield name, f"{path.relative_to(ROOT).as_posix()}:{node.name}"


FOUND: dict[str, set[str]] = {}
for _called, _caller in callers():
    FOUND.setdefault(_called, set()).add(_caller)


@pytest.mark.parametrize("function", DOORS)
def test_who_comes_through_this_door(function: str) -> None:
    assert FOUND.get(function, set()) == DOORS[function]
