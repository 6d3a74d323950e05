"""The browser of the journeys: the distribution's Chromium, or Playwright's own.

Run as a module it installs one if there is none.
"""

import os
import shutil
import subprocess
import sys

from playwright.sync_api import sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find_chromium() -> str | None:
    """The program to drive, or None. IDP_TEST_CHROMIUM names another."""
    named = [os.environ.get("IDP_TEST_CHROMIUM"), *map(shutil.which, _NAMES)]
    found = next((path for path in named if path and _works(path)), None)
    return found or _playwrights_own()


def main() -> None:
    """Install a browser unless there is one; one clear line when that fails."""
    if find_chromium():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium from the distribution …", flush=True)
        try_to("apt-get", "update")
        try_to("apt-get", "install", "-y", "chromium", "fonts-noto-core")
    if not find_chromium():
        print("Installing Playwright's Chromium …", flush=True)
        try_to(sys.executable, "-m", "playwright", "install", "chromium")
    if not find_chromium():
        sys.exit("idp: there is no Chromium and none could be installed; set IDP_TEST_CHROMIUM.")


def _playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if _works(path) else None


def _works(path: str) -> bool:
    try:
        answer = subprocess.run([path, "--version"], check=False, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def try_to(*command: str) -> None:
    """Run it; what it prints is not shown, unless it is an error."""
    subprocess.run(
        command,
        check=False,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
    )


if __name__ == "__main__":
    main()
