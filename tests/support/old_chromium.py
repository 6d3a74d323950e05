"""A Chromium of 2017, as on phones that are no longer updated: version 61, which PyQt5 carries.

Run as a module it installs one: PyQt5 from its locked list into a folder of .venv, and from the
distribution a screen that nobody sees. Where that fails its tests are skipped.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.chromium import try_to

_LOCK = Path(__file__).parents[2] / "requirements" / "old-chromium.txt"
_FOLDER = Path(sys.prefix) / "old-chromium"
_STAMP = _FOLDER / _LOCK.name
_PACKAGES = ("xvfb", "libgl1", "libgl1-mesa-dri", "libegl1", "fonts-noto-core")


class OldChromium:
    """Its one page, as wide as a phone."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def goto(self, url: str) -> None:
        """Open an address and wait until all is loaded."""
        self._ask("goto", url)

    def run(self, script: str) -> Any:
        """The value of a script's last expression."""
        return self._ask("run", script)

    def fill(self, selector: str, value: str) -> None:
        """Write into a field."""
        self._on(selector, f"part.focus(); part.value = {json.dumps(value)};")

    def click(self, selector: str) -> None:
        """Click on what is seen there, which must not be covered; wait until all is loaded."""
        self._on(selector, _CLICK)
        self._ask("settle", None)

    def text(self, selector: str = "body") -> str:
        """What is read there."""
        return str(self.run(f"document.querySelector({json.dumps(selector)}).innerText"))

    def count(self, selector: str) -> int:
        """How many there are."""
        return int(self.run(f"document.querySelectorAll({json.dumps(selector)}).length"))

    @property
    def url(self) -> str:
        """Where the page is."""
        return str(self._ask("url", None))

    def complaints(self) -> list[str]:
        """What scripts and the browser complained about since the last time."""
        said: list[str] = self._ask("complaints", None)
        return said

    def keep_picture(self, name: str) -> None:
        """As `<name>.png` in the folder IDP_TEST_SCREENSHOTS, if that is set."""
        if folder := os.environ.get("IDP_TEST_SCREENSHOTS"):
            self._ask("picture", str(Path(folder) / f"{name}.png"))

    def _on(self, selector: str, what: str) -> None:
        script = f"""(function () {{
            var part = document.querySelector({json.dumps(selector)});
            if (!part) return "there is none";
            {what}
            return "";
        }})()"""
        wrong = self.run(script)
        assert not wrong, f"{selector}: {wrong}; {self.url}: {self.text()[:2000]}"

    def _ask(self, what: str, argument: object) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([what, argument]) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline() or '{"error": "the browser ended"}')
        assert "error" not in answer, answer["error"]
        return answer["answer"]


_CLICK = """
    part.scrollIntoView();
    var box = part.getBoundingClientRect();
    var top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    if (!part.contains(top)) return "it is covered";
    part.click();
"""


@contextmanager
def old_chromium(language: str = "vi") -> Iterator[OldChromium | None]:
    """A running one without history; None if it is not installed or does not start."""
    if not (_STAMP.exists() and shutil.which("Xvfb")):
        yield None
        return
    with _screen() as display, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("old_chromium_page.py"), language],
            env=_ENVIRONMENT | {"DISPLAY": display},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        browser = OldChromium(process)
        try:
            yield browser if _starts(browser) else None
        finally:
            process.communicate(timeout=20)


_ENVIRONMENT = os.environ | {
    "PYTHONPATH": str(_FOLDER),
    "PYTHONWARNINGS": "ignore",
    "QTWEBENGINE_DISABLE_SANDBOX": "1",
    "QTWEBENGINE_CHROMIUM_FLAGS": "--no-sandbox --disable-gpu",
}
"""Its sandbox of 2017 refuses the system calls of today; it sees pages of this machine alone."""


def _starts(browser: OldChromium) -> bool:
    try:
        return "Chrome/61." in str(browser.run("navigator.userAgent"))
    except (AssertionError, OSError):
        return False


@contextmanager
def _screen() -> Iterator[str]:
    """A screen that nobody sees, by its name."""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-nolisten", "tcp", "-screen", "0", "1280x1024x24"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as number:
            yield f":{number.readline().strip()}"
    finally:
        process.terminate()
        process.wait(20)


def main() -> None:
    """Install it unless it is there; one clear line when that fails, which is no error."""
    if not shutil.which("Xvfb") and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing a screen for the Chromium of 2017 …", flush=True)
        try_to("apt-get", "update")
        try_to("apt-get", "install", "-y", "--no-install-recommends", *_PACKAGES)
    if not _STAMP.exists() or _STAMP.read_bytes() != _LOCK.read_bytes():
        print("Installing a Chromium of 2017 …", flush=True)
        shutil.rmtree(_FOLDER, ignore_errors=True)
        pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes")
        try_to(*pip, "--only-binary", ":all:", "--target", str(_FOLDER), "-r", str(_LOCK))
        if (_FOLDER / "PyQt5" / "QtWebEngineWidgets.so").exists():
            shutil.copy(_LOCK, _STAMP)
    with old_chromium() as browser:
        if not browser:
            print("There is no Chromium of 2017 here: its tests are skipped.")


if __name__ == "__main__":
    main()
