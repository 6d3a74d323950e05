"""An account that a desk gave back: who has it now reads nothing of who had it."""

import json
from typing import Any

from idp.accounts.proofing import Proofed
from idp.accounts.reclaim import reclaim_number
from idp.factors.passkey_offers import claim_offer
from idp.factors.password import hash_password
from idp.journal.actors import Actor, Capacity, acted_by
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.people.declaration import declare
from idp.people.models import Person
from tests.account.test_close import signed_in
from tests.account.test_data import DATA, download, fill
from tests.signin.conftest import PASSWORD, Account, Browser, World

REQUESTS = f"{DATA}/requests"
PAGES = ("/account/activity", "/account/receipts", REQUESTS, DATA)
ASKED = "Bản sao của người trước."
OF_BEFORE = ("requests", "consents", "agreements", "contacts", "mandates", "passkey_offers")


def use(world: World, account: Account, name: str) -> Browser:
    """Something in as many parts as may be, by whoever has it until now."""
    fill(world, account, email=f"{name}@example.vn", client_id=name)
    with world.transaction() as db:
        assert claim_offer(db, person_id=account.registered.person_id, at=clock.now())
    browser = signed_in(world, account, f"had-it-{name}")
    browser.post(REQUESTS, kind="copy", text=ASKED)
    return browser


def give_back(world: World, account: Account) -> None:
    """A desk gives it to who shows the card."""
    with world.transaction() as db:
        acted_by(db, Actor(Capacity.DESK, 7))
        had = db.get_one(Person, account.registered.person_id)
        on_card = {"name": had.name, "birthdate": had.birthdate, "sex": had.sex}
        done = reclaim_number(
            db,
            keyring=world.keyring,
            card=declare(number=account.number, **on_card, at=clock.now()),
            password_hash=hash_password(world.settings.passwords, PASSWORD),
            today=clock.day_of(clock.now()),
            at=clock.now(),
            compared_again=True,
        )
        assert isinstance(done, Proofed), done


def held_by(browser: Browser) -> dict[str, Any]:
    held: dict[str, Any] = download(browser).json()["held"]
    return held


def test_who_has_it_now_reads_nothing_of_who_had_it(world: World) -> None:
    """The file and its page, the history, receipts and requests begin with that day."""
    account, control = (
        world.add_account(proofing=1, totp=False),
        world.add_account(proofing=1, totp=False),
    )
    use(world, account, "given-back"), use(world, control, "stays-mine")
    give_back(world, account)
    for who, name, is_given in ((account, "given-back", True), (control, "stays-mine", False)):
        owner = signed_in(world, who, f"has-it-{name}")
        held = held_by(owner)
        assert held["person"][0]["name"] == "Nguyễn Thị Hoa"
        assert held["numbers"][0]["number"] == who.number
        assert bool(held["person"][0]["held_since"]) is is_given
        for key in OF_BEFORE:
            assert bool(held[key]) is not is_given, key
        assert len(held["sessions"]) == (1 if is_given else 2)
        since = held["person"][0]["held_since"] or held["person"][0]["created_at"]
        assert all(one["created_at"] >= since for one in held["messages"])
        events = [one["event"] for one in held["history"]]
        assert events.count("session.started") == len(held["sessions"])
        assert ("data.requested" in events) is not is_given
        assert ("person.reclaimed" in events) is is_given, "what was done for them is theirs"
        file = json.dumps(held, ensure_ascii=False)
        pages = "".join(owner.get(path).text for path in PAGES)
        assert (f"{name}@example.vn" in file) is not is_given
        for trace in (ASKED, "Test Ministry"):
            assert (trace in file) is not is_given, trace
            assert (trace in pages) is not is_given, trace


def test_nobody_disowns_what_was_before_the_account_was_theirs(world: World) -> None:
    """By the number of an entry, either: nor does a page say that there is one."""
    account = world.add_account(proofing=1, totp=False)
    use(world, account, "disowned-after")
    with world.transaction() as db:
        of_account = JournalEntry.subject_number == account.registered.subject_number
        began = JournalEntry.event == "session.started"
        before = db.query(JournalEntry.id).where(of_account, began).scalar()
    path = f"/account/activity/{before}/not-me"
    assert signed_in(world, account, "the-control").get(path).status_code == 200
    give_back(world, account)
    owner = signed_in(world, account, "the-new-holder")
    assert owner.get(path).headers["location"] == "/account/activity"
