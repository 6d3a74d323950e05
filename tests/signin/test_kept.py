"""A refused form is answered by going back to its page: nothing is sent twice, nothing leaks."""

import re

from tests.signin.conftest import PASSWORD, World

TYPED = "12 34"


def without_nonce(page: str) -> str:
    """But for the nonce of its script."""
    return re.sub(r'nonce="[^"]*"', "", page)


def test_reloading_and_changing_the_language_keep_what_was_said(world: World) -> None:
    browser = world.browser()
    path = f"/signin/{browser.open()}/identifier"
    told = browser.refused(path, identifier=TYPED)
    assert f'value="{TYPED}"' in told
    assert without_nonce(browser.get(path).text) == without_nonce(told)
    browser.client.cookies.set(browser.names.language, "vi", domain="localhost.local")
    assert "Số định danh" in browser.get(path).text
    assert 'role="alert"' in browser.get(path).text


def test_it_is_for_one_page_of_one_interaction_and_over_with_the_next_answer(world: World) -> None:
    account = world.add_account(totp=False)
    browser = world.browser()
    interaction, other = browser.open(), browser.open()
    path = f"/signin/{interaction}/password"
    browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    browser.refused(path, password="wrong")
    assert 'role="alert"' not in browser.get(f"/signin/{interaction}/register").text
    browser.post(f"/signin/{other}/identifier", identifier=account.number)
    assert 'role="alert"' not in browser.get(f"/signin/{other}/password").text
    browser.refused(path, password="wrong")
    browser.post(f"/signin/{interaction}/identifier", identifier=world.new_number())
    assert 'role="alert"' not in browser.get(path).text


def test_who_asks_to_be_someone_else_is_told_of_a_slip_although_signed_in(world: World) -> None:
    browser = world.browser()
    browser.sign_in(browser.open(), world.add_account(totp=False))
    path = f"/signin/{browser.open()}/identifier"
    assert browser.get(path).status_code == 303
    assert f'value="{TYPED}"' in browser.refused(path, shown_at=f"{path}?other=1", identifier=TYPED)


def test_what_is_left_is_unreadable_and_cannot_be_made_up(world: World) -> None:
    browser = world.browser()
    path = f"/signin/{browser.open()}/register"
    browser.refused(path, number=TYPED, name="Người Rất Riêng", password=PASSWORD)
    cookie = str(browser.client.cookies.get(browser.names.kept))
    assert len(cookie) < 4000
    for made_up in (cookie[:-8] + "AAAAAAA=", cookie[:50], "x", "~", ""):
        browser.client.cookies.set(browser.names.kept, made_up, domain="localhost.local")
        page = browser.get(path)
        assert page.status_code == 200
        assert 'role="alert"' not in page.text
    browser.client.cookies.set(browser.names.kept, cookie, domain="localhost.local")
    assert "Người Rất Riêng" in browser.get(path).text


def test_the_longest_entry_fits_into_what_a_browser_carries(world: World) -> None:
    browser = world.browser()
    path = f"/signin/{browser.open()}/register"
    for longest in ("\U0001f600" * 500, "\x01" * 500, '"' * 500):
        fields = dict.fromkeys(("number", "name", "birthdate", "sex"), longest)
        browser.refused(path, **fields)
        assert len(str(browser.client.cookies.get(browser.names.kept))) < 4000
