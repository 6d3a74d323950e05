"""In the demo: a newcomer whose code comes by post, and the official who prints it."""

import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.journeys.test_after_each_action import look_told, press
from tests.journeys.test_convincing_minute import prove
from tests.support.browser import look, visit
from tests.support.demo import Demo

NUMBER, NAME = "048098900997", "Trần Quốc Bưu"
EXTRACT = (
    "STT;Số CCCD;Họ và tên;Ngày sinh;Giới tính;Mã tỉnh;Địa chỉ;Xã/Phường;Tỉnh/Thành phố\r\n"
    f'1;="{NUMBER}";{NAME};20/08/1998;Nam;48;"12/5 phố Thử, ngõ 3";phường Giả Lập;Đà Nẵng\r\n'
)
"""As a spreadsheet saves it."""
PASSWORD = "sớm mai gà gáy bên sông"
_PLACE = """(selector) => {
    const box = document.querySelector(selector).getBoundingClientRect();
    const sheet = document.querySelector(".sheet").getBoundingClientRect();
    const mm = sheet.width / 210;
    return [box.left - sheet.left, box.top - sheet.top,
            box.right - sheet.left, box.bottom - sheet.top].map((pixels) => pixels / mm);
}"""
_FITS = """() => {
    const shown = document.querySelector(".window");
    document.querySelector("address").innerHTML = ["whom", "", "", ""].map(
        (name) => `<span class="${name}">${"Đường Phạm Văn Đồng ".repeat(4).slice(0, 78)}</span>`
    ).join("");
    document.querySelector("address").className = "long";
    return shown.scrollHeight <= shown.clientHeight;
}"""


def register(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.issuer}/account")
    page.goto(page.url.replace("identifier", "register"))
    page.fill("[name=number]", NUMBER)
    page.fill("[name=name]", NAME)
    page.fill("[name=birthdate]", "20/08/1998")
    page.check("[name=sex][value=male]")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/(compare|confirm)$"))
    if page.url.endswith("compare"):
        page.click("main form button")
    page.wait_for_url("**/confirm")


def test_a_code_by_post_is_asked_for_printed_and_brought_back(
    demo: Demo, browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "extract.csv"
    file.write_text(EXTRACT, encoding="utf-8-sig")
    demo.run("population", "import", str(file))
    operator = demo.player("operator")
    with visit(browser, language="vi") as theirs, visit(browser, language="en") as office:
        page, console = theirs.new_page(), office.new_page()
        register(page, demo)
        look(page, "letters-confirm-vi")
        page.goto(f"{demo.issuer}/account/letter")
        look(page, "letter-vi")
        page.click("button[name=ask]")
        expect(page.locator("[name=code]")).to_be_visible()
        look(page, "letter-asked-vi")
        page.click("button[name=ask]")
        look(page, "letter-asked-again-vi")

        console.goto(f"{demo.issuer}/console/letters")
        prove(console, operator)
        console.wait_for_url("**/console/letters")
        look(console, "console-letters")
        press(console, "/console/letters/print")
        console.wait_for_url("**/batch/*")
        look(console, "console-batch")
        batch = console.url
        console.goto(f"{batch}/pages")
        assert Axe().run(console).violations_count == 0
        code = console.inner_text(".code")
        number = re.findall(r"\d{10}", console.inner_text(".number"))[0]
        console.emulate_media(media="print")
        left, top, right, bottom = console.evaluate(_PLACE, ".window")
        assert 20 <= left < right <= 110
        assert 45 <= top < bottom <= 90
        assert console.evaluate(_PLACE, ".code")[1] > 105, "below the fold, behind no window"
        assert console.evaluate(_FITS), "an address of four long lines"
        pdf = console.pdf(prefer_css_page_size=True)
        console.emulate_media(media="screen")
        assert len(re.findall(rb"/Type /Page\b", pdf)) == 1
        with console.expect_download() as download:
            console.evaluate(f"location.href = '{batch}/file'")
        assert code in download.value.path().read_text("utf-8-sig")
        console.goto(batch)
        press(console, "/confirm")
        look_told(console, "console-letters-printed", "They are noted as printed")

        page.goto(f"{demo.issuer}/language?to=en")
        page.goto(f"{demo.issuer}/account/letter")
        look(page, "letter-en")
        page.fill("[name=code]", "00000 00000")
        page.keyboard.press("Enter")
        expect(page.locator("#code-error")).to_be_visible()
        look(page, "letter-wrong-en")
        console.fill("[name=reference]", number)
        press(console, "/returned")
        look_told(console, "console-letter-returned", "The letter is noted as returned")
        page.goto(f"{demo.issuer}/account")
        expect(page.locator("main")).to_contain_text("Your letter came back")
        look(page, "letter-returned-overview")
        page.goto(f"{demo.issuer}/account/letter")
        look(page, "letter-returned-en")
        expect(page.locator("[name=code]")).to_have_count(0)
