"""One page of a Chromium of 2017, driven by lines of JSON; run by the interpreter that has PyQt5.

Each line read is `[what, argument]`; each line written what came of it. Started and spoken to by
`tests.support.old_chromium` alone: PyQt5's library of that year has its own copy of `sip`.
"""

import ctypes
import json
import sys
import types
from collections.abc import Callable

import PyQt5.sip

_capsule = ctypes.pythonapi
_capsule.PyCapsule_GetPointer.restype = ctypes.c_void_p
_capsule.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
_capsule.PyCapsule_New.restype = ctypes.py_object
_capsule.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
_NAME = ctypes.create_string_buffer(b"sip._C_API")
_sip = types.ModuleType("sip")
_sip._C_API = _capsule.PyCapsule_New(
    _capsule.PyCapsule_GetPointer(PyQt5.sip._C_API, b"PyQt5.sip._C_API"),
    ctypes.addressof(_NAME),
    None,
)
sys.modules["sip"] = _sip
"""PyQt5 5.10 looks for `sip` under its name of then; the one of today speaks the same."""

from PyQt5.QtCore import QEventLoop, QTimer, QUrl  # noqa: E402
from PyQt5.QtWebEngineWidgets import (  # noqa: E402
    QWebEnginePage,
    QWebEngineProfile,
    QWebEngineView,
)
from PyQt5.QtWidgets import QApplication  # noqa: E402

WIDTH, HEIGHT, TALLEST = 375, 667, 8000
QUIET_MS, PATIENCE_MS = 300, 30_000


class Page(QWebEnginePage):
    """Remembers what scripts and the browser complained about, and whether it is loading."""

    def __init__(self, profile: QWebEngineProfile) -> None:
        super().__init__(profile)
        self.complaints: list[str] = []
        self.is_loading = False
        self.loadStarted.connect(lambda: setattr(self, "is_loading", True))
        self.loadFinished.connect(lambda _: setattr(self, "is_loading", False))

    def javaScriptConsoleMessage(  # noqa: N802
        self, _level: int, message: str, line: int, source: str
    ) -> None:
        """Called by Qt."""
        self.complaints.append(f"{source}:{line}: {message}")


class Driver:
    """What can be asked of the page."""

    def __init__(self, language: str) -> None:
        self.profile = QWebEngineProfile()
        self.profile.setHttpAcceptLanguage(language)
        self.page = Page(self.profile)
        self.view = QWebEngineView()
        self.view.setPage(self.page)
        self.view.resize(WIDTH, HEIGHT)
        self.view.show()

    def goto(self, url: str) -> None:
        """Open an address."""
        self.page.load(QUrl(url))
        self.settle()

    def run(self, script: str) -> object:
        """The value of a script's last expression."""
        answers: list[object] = []
        self.page.runJavaScript(script, answers.append)
        self._turn_until(lambda: bool(answers))
        return answers[0]

    def picture(self, path: str) -> None:
        """The whole page, as wide as a phone."""
        height = int(self.run("document.documentElement.scrollHeight"))
        self.view.resize(WIDTH, min(max(height, HEIGHT), TALLEST))
        self._turn(2 * QUIET_MS)
        self.view.grab().save(path)
        self.view.resize(WIDTH, HEIGHT)
        self._turn(100)

    def url(self, _: object) -> str:
        """The address the page is at."""
        return str(self.page.url().toString())

    def complaints(self, _: object) -> list[str]:
        """What was complained about since the last time."""
        said, self.page.complaints = self.page.complaints, []
        return said

    def settle(self, _: object = None) -> None:
        """Wait until nothing has been loading for a while."""
        self._turn(QUIET_MS)
        while self.page.is_loading:
            self._turn_until(lambda: not self.page.is_loading)
            self._turn(QUIET_MS)

    def _turn(self, milliseconds: int) -> None:
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec_()

    def _turn_until(self, is_done: Callable[[], bool]) -> None:
        for _ in range(PATIENCE_MS // 10):
            if is_done():
                return
            self._turn(10)
        raise TimeoutError


def main() -> None:
    """Answer line by line until there are no more."""
    application = QApplication(sys.argv[:1])
    driver = Driver(sys.argv[1])
    for line in sys.stdin:
        what, argument = json.loads(line)
        try:
            answer = {"answer": getattr(driver, what)(argument)}
        except TimeoutError:
            answer = {"error": f"{what}: nothing came of it"}
        print(json.dumps(answer), flush=True)
    del driver, application


if __name__ == "__main__":
    main()
