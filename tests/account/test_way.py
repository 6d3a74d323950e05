"""My ways to sign in: another app beside the first, a name, a lock, taking away and having back."""

import re

import pyotp

from idp.kit import clock
from tests.signin.conftest import Account, Browser, World

WAYS, WAY = "/account/factor", "/account/way"


def enter(world: World, account: Account, name: str = "browser-of-the-owner-0123456789") -> Browser:
    browser = world.browser(name)
    browser.sign_in(browser.open(needed_authentication=2), account, code=True)
    return browser


def add_app(browser: Browser) -> pyotp.TOTP:
    secret = re.search(r'<code tabindex="0">([A-Z2-7 ]+)</code>', browser.get(f"{WAYS}/new").text)
    assert secret
    app = pyotp.TOTP(secret.group(1).replace(" ", ""))
    answer = browser.post(f"{WAYS}/new", otp=app.at(clock.now()))
    assert answer.headers["location"] == WAYS
    return app


def links(browser: Browser) -> list[str]:
    found = re.findall(r"/account/way\?way=([0-9a-f-]+)", browser.get(WAYS).text)
    return list(dict.fromkeys(found))


def do(browser: Browser, way: str, what: str, **fields: str) -> str:
    """The page that says what it came to."""
    shown = f"{WAY}?way={way}"
    answer = browser.post(WAY, shown_at=shown, way=way, do=what, **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, WAYS)
    return str(browser.get(WAYS).text)


def test_a_second_app_stands_beside_the_first_and_both_open_the_account(world: World) -> None:
    account = world.add_account()
    browser = enter(world, account)
    assert len(links(browser)) == 1
    app = add_app(browser)
    assert len(links(browser)) == 2
    other = world.browser("browser-with-the-new-phone-0123")
    interaction = other.open(needed_authentication=2)
    other.sign_in(interaction, account)
    later = app.at(int(clock.now().timestamp()) + 30)
    assert (
        "/authorize/resume/"
        in other.post(f"/signin/{interaction}/otp", otp=later).headers["location"]
    )


def test_a_name_is_shown_and_is_no_markup(world: World) -> None:
    browser = enter(world, world.add_account())
    (way,) = links(browser)
    page = do(browser, way, "rename", name="<b>Máy mẹ</b>")
    assert "&lt;b&gt;Máy mẹ&lt;/b&gt;" in page
    assert "The name is changed." in page
    assert "<b>" not in do(browser, way, "rename", name="")


def test_the_last_way_stays_and_says_what_to_do_first(world: World) -> None:
    browser = enter(world, world.add_account())
    (way,) = links(browser)
    for what in ("remove", "lock"):
        assert "Add another way first" in do(browser, way, what)
    assert links(browser) == [way]


def test_a_way_taken_away_is_had_back_on_the_same_page(world: World) -> None:
    account = world.add_account()
    browser = enter(world, account)
    add_app(browser)
    first, second = links(browser)
    page = do(browser, second, "remove")
    assert "Within 24 hours you can have it back" in page
    assert "Taken away" in page
    assert "Have it back" in browser.get(f"{WAY}?way={second}").text
    page = do(browser, second, "restore")
    assert "You have this way to sign in again." in page
    assert "Taken away" not in page
    assert "Locked" in do(browser, first, "lock")
    assert "Unlock it" in browser.get(f"{WAY}?way={first}").text
    assert ">Locked<" not in do(browser, first, "unlock")


def test_nobody_reaches_a_way_of_somebody_else(world: World) -> None:
    victim, thief = enter(world, world.add_account()), world.add_account()
    (way,) = links(victim)
    browser = enter(world, thief, "browser-of-somebody-else-012345")
    own = f"{WAY}?way={links(browser)[0]}"
    assert browser.get(f"{WAY}?way={way}").headers["location"] == WAYS
    for asked in (way, "", "no id"):
        answer = browser.post(WAY, shown_at=own, way=asked, do="remove")
        assert answer.headers["location"] == WAYS
    assert "Taken away" not in victim.get(WAYS).text


def test_a_button_that_there_is_not_does_nothing(world: World) -> None:
    browser = enter(world, world.add_account())
    (way,) = links(browser)
    page = do(browser, way, "own")
    assert "last way" not in page
    assert links(browser) == [way]
