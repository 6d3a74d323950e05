"""Choosing a password in a real browser: typed once and seen if wanted; without a script twice."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import look, visit
from tests.support.country import Country
from tests.support.served import Served

PASSWORD = "sớm mai gà gáy bên sông"
WRONG_DATE = {"number": "001090123457", "name": "Trần Văn Bình", "birthdate": "31021990"}


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def has_script(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts."""
    return bool(request.param)


@pytest.fixture
def page(browser: Browser, provider: Served, country: Country, has_script: bool) -> Iterator[Page]:
    """The registration form."""
    with visit(browser, language="vi", has_script=has_script) as context:
        page = context.new_page()
        page.goto(country.ministry(provider.url).authorize_url())
        page.goto(page.url.replace("/identifier", "/register"))
        yield page


def test_a_password_is_typed_once_and_shown_or_twice_without_a_script(
    page: Page, has_script: bool
) -> None:
    """C2."""
    if has_script:
        expect(page.locator("[name=again]")).to_have_count(0)
        look(page, "register-password")
        page.fill("[name=password]", PASSWORD)
        expect(page.locator("#password")).to_have_attribute("type", "password")
        page.get_by_label("Hiện mật khẩu").check()
        expect(page.locator("#password")).to_have_attribute("type", "text")
        page.get_by_label("Hiện mật khẩu").uncheck()
        expect(page.locator("#password")).to_have_attribute("type", "password")
    else:
        expect(page.locator("#show-password")).to_be_hidden()
        page.fill("[name=password]", PASSWORD)
        page.fill("[name=again]", PASSWORD)
    for name, value in WRONG_DATE.items():
        page.fill(f"[name={name}]", value)
    page.click("main form:not(#passkey) button.primary")
    expect(page.locator("#birthdate-error")).to_be_visible()
    expect(page.locator("#sex-error")).to_have_text("Lỗi: Hãy chọn giới tính.")
    expect(page.locator("#password")).to_be_hidden()
    if has_script:
        look(page, "register-password-kept")
    page.fill("[name=birthdate]", "17 05 1990")
    page.check("[name=sex][value=other]")
    page.click("main form:not(#passkey) button.primary")
    expect(page.get_by_text("17/05/1990")).to_be_visible()
    page.click("[name=correct]")
    expect(page.locator("#password")).to_be_hidden()
    page.locator("summary").first.click()
    expect(page.locator("#password")).to_be_visible()
    expect(page.locator("[name=again]")).to_have_count(0 if has_script else 1)
    page.click("main form:not(#passkey) button.primary")
    page.click("[name=register]")
    expect(page).to_have_url(page.url.replace("/compare", "/confirm"))


def test_the_password_of_a_sign_in_may_be_seen_where_scripts_run(
    page: Page, has_script: bool, country: Country
) -> None:
    """And is covered again when the form is sent, so that the browser offers no words typed."""
    page.goto(page.url.replace("/register", "/identifier"))
    page.fill("[name=identifier]", country.citizen.number)
    page.click("main form:not(#passkey) button.primary")
    password, box = page.locator("#password"), page.locator("#show-password")
    password.fill("không phải mật khẩu này")
    if has_script:
        look(page, "sign-in-password")
        page.get_by_label("Hiện mật khẩu").check()
        expect(password).to_have_attribute("type", "text")
    else:
        expect(box).to_be_hidden()
    page.click("main form:not(#passkey) button.primary")
    expect(page.locator("#password-error")).to_be_visible()
    expect(password).to_have_attribute("type", "password")
    page.fill("#password", country.citizen.password)
    page.click("main form:not(#passkey) button.primary")
    expect(page).not_to_have_url(re.compile("/password$"))
