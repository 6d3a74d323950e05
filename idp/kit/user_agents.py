"""What a browser says of itself, in words that people know: `Chrome, Android`.

Never a version or a device: browsers round the one and make up the other, and neither helps anybody
to recognise their own browser.
"""

from functools import cache, lru_cache

from ua_parser import Domain, Parser
from ua_parser.loaders import load_lazy_builtins

LONGEST = 400
"""Characters that are read; browsers send far fewer."""
_CACHED = 1000
_BROWSERS = {
    **dict.fromkeys(("Chrome", "Chrome Mobile", "Chrome Mobile iOS", "Chromium"), "Chrome"),
    **dict.fromkeys(("Chrome Mobile WebView", "HeadlessChrome"), "Chrome"),
    **dict.fromkeys(("Firefox", "Firefox Mobile", "Firefox iOS"), "Firefox"),
    **dict.fromkeys(("Safari", "Mobile Safari", "Mobile Safari UI/WKWebView"), "Safari"),
    **dict.fromkeys(("Edge", "Edge Mobile"), "Edge"),
    **dict.fromkeys(("Opera", "Opera Mobile", "Opera Mini"), "Opera"),
    "Samsung Internet": "Samsung Internet",
    "Coc Coc": "Cốc Cốc",
    "UC Browser": "UC Browser",
}
_SYSTEMS = {
    "Android": "Android",
    "iOS": "iOS",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Chrome OS": "ChromeOS",
    "Tizen": "Tizen",
    "HarmonyOS": "HarmonyOS",
    **dict.fromkeys(("Linux", "Ubuntu", "Fedora", "Debian"), "Linux"),
}
"""One name for what is one thing to its owner. What stands in neither is a name that the sender may
have made up: nobody reads it, on a page or in a letter."""


def name_browser(user_agent: str) -> str:
    """Browser and system, by a comma; one of them or empty where the other is unknown."""
    return _name(user_agent[:LONGEST])


def warm_up() -> None:
    """Read the patterns now, a twentieth of a second of CPU, and not in the first sign-in."""
    _name("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0 Safari/537.36")


@cache
def _patterns() -> Parser:
    """Those of browsers and systems; those of devices would take 14 MB more in each worker."""
    browsers, systems, _ = load_lazy_builtins()
    return Parser.from_matchers((browsers, systems, []))


@lru_cache(_CACHED)
def _name(user_agent: str) -> str:
    read = _patterns()(user_agent, Domain.USER_AGENT | Domain.OS)
    browser = _BROWSERS.get(read.user_agent.family, "") if read.user_agent else ""
    system = _SYSTEMS.get(read.os.family, "") if read.os else ""
    return ", ".join(filter(None, (browser, system)))
