"""What a browser says of itself, in words that people know: `Chrome, Android`.

Never a version or a device: browsers round the one and make up the other, and neither helps anybody
to recognise their own browser. Two tables of our own: the libraries that know every browser there
ever was carry patterns of 10 MB in each worker, and what stands in neither table is a name that the
sender may have made up. Nobody reads it, on a page or in a letter.
"""

import re
from functools import lru_cache

LONGEST = 400
"""Characters that are read; browsers send far fewer."""
_CACHED = 1000
_BROWSERS = {
    "Edge": r"Edg(e|A|iOS)?/",
    "Opera": r"(OPR|OPT|OPX|OPiOS|Opera|Opera Mini)/",
    "Samsung Internet": r"SamsungBrowser/",
    "Cốc Cốc": r"coc_coc_browser/",
    "UC Browser": r"UCBrowser/|UCWEB",
    "Firefox": r"(Firefox|FxiOS)/",
    "Chrome": r"(Chrome|HeadlessChrome|CriOS|Chromium)/",
    "Safari": r"(Macintosh|iPhone|iPad|iPod)\b.*AppleWebKit/",
}
"""In this order: one that is built on another names that, too. An app's own window is called by
the browser that shows it; on iOS that is Safari's."""
_SYSTEMS = {
    "": r"Windows Phone",
    "HarmonyOS": r"HarmonyOS|OpenHarmony",
    "Tizen": r"Tizen",
    "Android": r"Android|Adr ",
    "iOS": r"iPhone|iPad|iPod",
    "ChromeOS": r"CrOS",
    "Windows": r"Windows",
    "macOS": r"Mac OS X|Macintosh",
    "Linux": r"Linux|Ubuntu|Fedora|Debian",
}
"""In this order: an iPhone is `like Mac OS X`, and Android says that it is Linux."""


def name_browser(user_agent: str) -> str:
    """Browser and system, by a comma; one of them or empty where the other is unknown."""
    return _name(user_agent[:LONGEST])


@lru_cache(_CACHED)
def _name(user_agent: str) -> str:
    names = (_first(user_agent, table) for table in (_BROWSERS, _SYSTEMS))
    return ", ".join(filter(None, names))


def _first(user_agent: str, table: dict[str, str]) -> str:
    found = (name for name, said in table.items() if re.search(rf"\b(?:{said})", user_agent))
    return next(found, "")
