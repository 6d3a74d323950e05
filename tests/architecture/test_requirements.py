import json
import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LISTS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_every_requirement_is_locked_by_hash_and_names_no_index(path: Path) -> None:
    text = path.read_text()
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n", "", text))
    assert len(entries) > 40
    for entry in entries:
        assert re.match(r"[\w.-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)


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


def test_tests_run_what_the_demo_ships() -> None:
    demo, dev = (
        dict(re.findall(r"(?m)^([\w.-]+)==(\S+)", (ROOT / "requirements" / name).read_text()))
        for name in ("demo.txt", "dev.txt")
    )
    assert demo.items() <= dev.items()


def test_passlib_is_the_maintained_one() -> None:
    """libpass and passlib install the same files; together they overwrite each other."""
    assert metadata.version("libpass")
    with pytest.raises(metadata.PackageNotFoundError):
        metadata.version("passlib")
