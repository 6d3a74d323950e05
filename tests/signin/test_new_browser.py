"""Who is told of a sign-in from a browser that is not known, and who is not."""

from sqlalchemy import select

from idp.outbox.models import OutboxMessage
from idp.sessions.new_browser import NEW_BROWSER_MAIL
from tests.signin.conftest import Account, World

PHONE = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Mobile Safari/537.36"
)


def told(world: World, account: Account) -> list[OutboxMessage]:
    number = str(account.registered.subject_number)
    of = (OutboxMessage.kind == NEW_BROWSER_MAIL, OutboxMessage.recipient == number)
    with world.transaction() as db:
        messages = list(db.scalars(select(OutboxMessage).where(*of)))
        db.expunge_all()
    return messages


def test_an_unknown_browser_is_told_and_a_known_one_is_not(world: World) -> None:
    account = world.add_account(totp=False)
    browser = world.browser("unknown-browser-0123456789-ab")
    browser.client.headers["user-agent"] = PHONE
    browser.sign_in(browser.open(), account)
    [message] = told(world, account)
    assert message.payload["device"] == "Chrome, Android"
    assert (message.next_at - message.created_at).total_seconds() == 300
    assert browser.browser_id not in message.key
    browser.client.cookies.delete(browser.names.session)
    browser.sign_in(browser.open(), account)
    assert len(told(world, account)) == 1, "known by now"
    other = world.browser("another-browser-0123456789-abc")
    other.sign_in(other.open(), account)
    assert len(told(world, account)) == 2


def test_a_wrong_password_tells_nothing(world: World) -> None:
    """Whoever guesses sends no letters."""
    account = world.add_account(totp=False)
    browser = world.browser("guessing-browser-0123456789-a")
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    browser.post(f"/signin/{interaction}/password", password="not the password at all")
    assert told(world, account) == []


def test_who_shows_a_password_alone_though_they_have_more_is_told_once(world: World) -> None:
    """Their browser stays unknown: it is one letter for a browser all the same."""
    account = world.add_account()
    browser = world.browser("half-way-browser-0123456789-a")
    for _ in range(2):
        browser.sign_in(browser.open(), account)
        browser.client.cookies.delete(browser.names.session)
    assert len(told(world, account)) == 1
