"""What a browser says of itself, in words that people know: `Chrome, Android`.

Never a version or a device: browsers round the one and make up the other, and neither helps anybody
to recognise their own browser. Two tables of our own: the libraries that know every browser there
ever was carry patterns of 10 MB in each worker, and what stands in neither table is a name that the
sender may have made up. Nobody reads it, on a page or in a letter.
"""

from collections.abc import Mapping
from functools import lru_cache

LONGEST = 400
"""Characters that are read; browsers send far fewer."""
_CACHED = 1000
_Table = Mapping[str, tuple[str, ...]]
_BROWSERS: _Table = {
    "Edge": ("Edg/", "EdgA/", "EdgiOS/", "Edge/"),
    "Opera": ("OPR/", "OPT/", "OPX/", "OPiOS/", "Opera/", "Opera Mini/"),
    "Samsung Internet": ("SamsungBrowser/",),
    "Cốc Cốc": ("coc_coc_browser/",),
    "UC Browser": ("UCBrowser/", "UCWEB"),
    "Firefox": ("Firefox/", "FxiOS/"),
    "Chrome": ("Chrome/", "HeadlessChrome/", "CriOS/", "Chromium/"),
}
"""In this order: one that is built on another names that, too. An app's own window is called by
the browser that shows it."""
_SYSTEMS: _Table = {
    "": ("Windows Phone",),
    "HarmonyOS": ("HarmonyOS", "OpenHarmony"),
    "Tizen": ("Tizen",),
    "Android": ("Android",),
    "iOS": ("iPhone", "iPad", "iPod"),
    "ChromeOS": ("CrOS",),
    "Windows": ("Windows",),
    "macOS": ("Mac OS X", "Macintosh"),
    "Linux": ("Linux", "Ubuntu", "Fedora", "Debian"),
}
"""In this order: an iPhone is `like Mac OS X`, and Android says that it is Linux."""
_PHONES = frozenset({"HarmonyOS", "Android", "iOS"})
_DESKTOPS = frozenset({"ChromeOS", "Windows", "macOS", "Linux"})
_APPLE = ("iOS", "macOS")
"""Where what shows pages and has no other name is Safari."""


def name_browser(user_agent: str) -> str:
    """Browser and system, by a comma; one of them or empty where the other is unknown."""
    return _name(user_agent[:LONGEST])


def is_of_phone(user_agent: str) -> bool | None:
    """Whether it is a phone's or a tablet's; False: a desktop's; None: neither is known."""
    system = _first(user_agent[:LONGEST], _SYSTEMS)
    return True if system in _PHONES else False if system in _DESKTOPS else None


@lru_cache(_CACHED)
def _name(user_agent: str) -> str:
    browser, system = _first(user_agent, _BROWSERS), _first(user_agent, _SYSTEMS)
    if not browser and system in _APPLE and "AppleWebKit/" in user_agent:
        browser = "Safari"
    return ", ".join(filter(None, (browser, system)))


def _first(user_agent: str, table: _Table) -> str:
    found = (name for name, words in table.items() if any(word in user_agent for word in words))
    return next(found, "")
