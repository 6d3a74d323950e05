"""What a browser says of itself, in words."""

import pytest

from idp.kit.user_agents import LONGEST, is_of_phone, name_browser

_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
_ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            f"{_ANDROID}Chrome/140.0.0.0 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        (f"{_WINDOWS}Chrome/140.0.0.0 Safari/537.36", "Chrome, Windows"),
        (f"{_WINDOWS}Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge, Windows"),
        (f"{_WINDOWS}coc_coc_browser/120.0 Chrome/114.0 Safari/537.36", "Cốc Cốc, Windows"),
        (
            f"{_IPHONE}(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Safari, iOS",
        ),
        (f"{_IPHONE}(KHTML, like Gecko) Mobile/15E148 Zalo/24", "Safari, iOS"),
        (f"{_IPHONE}(KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1", "Chrome, iOS"),
        (f"{_IPHONE}(KHTML, like Gecko) EdgiOS/140.0 Mobile/15E148 Safari/604.1", "Edge, iOS"),
        (f"{_IPHONE}(KHTML, like Gecko) FxiOS/140.0 Mobile/15E148 Safari/605.1.15", "Firefox, iOS"),
        (f"{_ANDROID}SamsungBrowser/25.0 Chrome/121.0 Safari/537.36", "Samsung Internet, Android"),
        (f"{_ANDROID}Chrome/140.0.0.0 Mobile Safari/537.36 EdgA/140.0", "Edge, Android"),
        (f"{_ANDROID}Chrome/140.0.0.0 Mobile Safari/537.36 OPR/78.0", "Opera, Android"),
        (f"{_ANDROID}Version/4.0 Chrome/100.0 UCBrowser/13.5 Safari/537.36", "UC Browser, Android"),
        (f"{_ANDROID}Version/4.0 Chrome/87.0 Safari/537.36 Zalo android/1", "Chrome, Android"),
        (f"{_MAC}Version/17.4 Safari/605.1.15", "Safari, macOS"),
        (f"{_MAC}Chrome/140.0.0.0 Safari/537.36", "Chrome, macOS"),
        ("Mozilla/5.0 (Android 14; Mobile; rv:140.0) Firefox/140.0", "Firefox, Android"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541) Chrome/140.0 Safari/537.36", "Chrome, ChromeOS"),
        ("Mozilla/5.0 (Linux; Tizen 2.3) SamsungBrowser/1.0 Safari", "Samsung Internet, Tizen"),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) Chrome/114.0 Safari", "Chrome, HarmonyOS"),
        ("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko", "Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Linux",
        ),
    ],
)
def test_browsers_are_named_as_people_call_them(agent: str, name: str) -> None:
    """Never a version or a device: "K" and "Android 10" are what Chrome makes up."""
    assert name_browser(agent) == name


@pytest.mark.parametrize(
    "agent", ["", "curl/8", "CallYourBank-bot/1.0", "<b>x</b>", "x" * 100_000, "Mozilla/5.0 (\0"]
)
def test_nobody_reads_a_name_that_the_sender_made_up(agent: str) -> None:
    """It would stand in a history and in a letter."""
    assert name_browser(agent) == ""


def test_no_more_is_read_than_browsers_send() -> None:
    known = f"{_WINDOWS}Chrome/140.0.0.0 Safari/537.36"
    assert name_browser(" " * LONGEST + known) == ""
    assert name_browser(known + " " * 100_000) == "Chrome, Windows"


@pytest.mark.parametrize(
    ("agent", "is_phone"),
    [
        (f"{_ANDROID}Chrome/140.0.0.0 Mobile Safari/537.36", True),
        (f"{_IPHONE}(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1", True),
        (f"{_WINDOWS}Chrome/140.0.0.0 Safari/537.36", False),
        (f"{_MAC}Version/18.5 Safari/605.1.15", False),
        ("Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36", None),
        ("curl/8.5.0", None),
        ("", None),
    ],
)
def test_a_phone_is_told_from_a_desktop_and_from_what_is_neither(
    agent: str, is_phone: bool | None
) -> None:
    assert is_of_phone(agent) is is_phone
