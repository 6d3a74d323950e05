"""The demo's own settings and secrets: made once, kept in the data folder, closed to others.

The secrets begin with `demo-`, so production refuses them.
"""

import fcntl
import json
import os
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from idp.kit.errors import ConfigurationError
from idp.kit.secrets import new_token
from idp.settings.randomness import PLACEHOLDER_PREFIX

_FILE = "demo.json"
_LOCK = "demo.lock"
_HEADS = "heads.jsonl"
_KEYS, _LOOKUP = "IDP_SECRETS__ENCRYPTION_KEYS", "IDP_SECRETS__LOOKUP_KEY"
_JOURNAL = "IDP_SECRETS__JOURNAL_KEYS"
_OWN = ("IDP_ENVIRONMENT", _KEYS, _LOOKUP)


@contextmanager
def sole_demo(data_dir: Path) -> Iterator[None]:
    """Be the only demo on this data folder; the lock goes with the process, however it ends.

    Raises ConfigurationError when another demo runs on it, or it cannot be written.
    """
    lock = take_lock(data_dir / _LOCK)
    if lock is None:
        raise ConfigurationError(
            f"A demo runs on {data_dir} already; end it first, or set IDP_DATA_DIR to another "
            "folder."
        )
    with lock:
        yield


def take_lock(path: Path) -> IO[str] | None:
    """The open file, locked until it is closed or this process ends; None while another has it.

    Raises ConfigurationError when its folder cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        lock = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w")
    except OSError as error:
        raise _unwritable(path.parent, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def prepare_environment(data_dir: Path, *, issuer: str) -> dict[str, str]:
    """The environment variables of the demo; secrets not given are made at the first call.

    Raises ConfigurationError when the data folder cannot be written.
    """
    path = data_dir / _FILE
    kept = _read(path)
    environment = {
        "IDP_ENVIRONMENT": "demo",
        "IDP_ISSUER__URL": issuer,
        "IDP_ADOPTION__IS_SYNTHETIC": "true",
        "IDP_POST__IS_OFFERED": "true",
        "IDP_ADOPTION__CATCH_UP_ON": "2027-06-30",
        **_operator(),
        _KEYS: os.environ.get(_KEYS)
        or kept.get(_KEYS)
        or json.dumps([PLACEHOLDER_PREFIX + new_token()]),
        _LOOKUP: os.environ.get(_LOOKUP) or kept.get(_LOOKUP) or PLACEHOLDER_PREFIX + new_token(),
        _JOURNAL: os.environ.get(_JOURNAL)
        or kept.get(_JOURNAL)
        or json.dumps([PLACEHOLDER_PREFIX + new_token()]),
        "IDP_JOURNAL__HEADS_FILE": str((data_dir / _HEADS).absolute()),
    }
    if environment != kept:
        write_private(path, environment)
    return environment


def _operator() -> dict[str, str]:
    """Who runs the demo: nobody real, and a number that is nobody's."""
    told = {
        "name_vi": "Trung tâm Một Cửa ID (giả lập)",
        "name_en": "OneDoor Centre (made up)",
        "hotline": "1900 0000",
        "address_vi": "Số 1 đường Thử Nghiệm, phường Sơn Trà, thành phố Đà Nẵng (giả lập)",
        "address_en": "1 Example Street, Son Tra ward, Da Nang (made up)",
        "privacy_uri": "/help/your-data",
        "terms_uri": "/help/terms",
        "accessibility_uri": "/help/accessibility",
    }
    return {f"IDP_OPERATOR__{name.upper()}": value for name, value in told.items()}


def has_environment(data_dir: Path) -> bool:
    """Whether the secrets are there: given, or made by an earlier demo."""
    return _KEYS in os.environ or (data_dir / _FILE).exists()


def join_demo(environ: MutableMapping[str, str]) -> None:
    """Let a command that configures nothing itself use the demo's settings, if there is one."""
    if any(name in environ for name in (*_OWN, "IDP_DATABASE__URL")):
        return
    try:
        kept = _read(Path(environ.get("IDP_DATA_DIR", "var")) / _FILE)
    except ConfigurationError:
        return
    for name, value in kept.items():
        environ.setdefault(name, value)


def forget_environment(data_dir: Path) -> None:
    """Delete the secrets, and what they signed; what was encrypted under them is lost."""
    for name in (_FILE, _HEADS):
        (data_dir / name).unlink(missing_ok=True)


def write_private(path: Path, document: dict[str, Any]) -> None:
    """Write JSON that only its owner may read; the file appears whole."""
    draft = path.with_suffix(".new")
    try:
        path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(document, file, ensure_ascii=False, indent=1)
        draft.replace(path)
    except OSError as error:
        raise _unwritable(path.parent, error) from error


def _unwritable(data_dir: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"The data folder {data_dir} cannot be written ({error.strerror}); "
        "set IDP_DATA_DIR to a folder you can write to."
    )


def _read(path: Path) -> dict[str, str]:
    try:
        document: dict[str, str] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error.strerror}); set IDP_DATA_DIR to a folder of yours."
        ) from error
    except ValueError as error:
        raise ConfigurationError(
            f"{path} is damaged; start afresh with `idp demo --reset`."
        ) from error
    return document
