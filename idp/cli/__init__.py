"""The operator's commands: `idp …`. One file per group.

A file here joins the command line by holding a Typer object named `app`: with a name it becomes a
group (`idp person add`), without one its command stands at the top (`idp serve`). The file is named
like its group or command, and `idp serve` reads no other: what it carries, it carries for weeks.
Commands parse, call the rooms' functions and print; they decide nothing. Every command has
`--json`: its standard output is the answer and nothing else, what is logged goes to standard error.
"""

import os
import sys
from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules

import typer
from psycopg.errors import (
    LockNotAvailable,
    ReadOnlySqlTransaction,
    UndefinedColumn,
    UndefinedTable,
)
from pydantic import ValidationError
from pydantic_settings import SettingsError
from sqlalchemy.exc import InternalError, OperationalError, ProgrammingError

from idp.demo.environment import join_demo
from idp.kit.db import is_away
from idp.kit.errors import DataAltered, OneDoorError
from idp.kit.garbage import kept
from idp.kit.logs import configure_logs
from idp.kit.tables.faults import FileRefused
from idp.settings.names import find_unreadable

_OTHER_SCHEMA = (
    "The database has another schema than this version: run `idp migrate`, or start the demo anew."
)

_OTHERS_CHANGE = (
    "Somebody else is changing the same rows, perhaps another import. Nothing was done: try again "
    "when that has ended."
)
_READ_ONLY = "The database is read-only: a standby, or kept so. Nothing was done."


def build_app(only: str = "") -> typer.Typer:
    """All groups and commands, or only the one of that name if there is one."""
    app = typer.Typer(
        name="idp",
        help="OneDoor: one national sign-in for every agency's services.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        callback=configure_logs,
    )
    names = [module.name for module in iter_modules(__path__)]
    for group in _groups(name for name in names if name == only) or _groups(names):
        app.add_typer(group)
    return app


def _groups(names: Iterable[str]) -> list[typer.Typer]:
    modules = [import_module(f"{__name__}.{name}") for name in names]
    return [module.app for module in modules if hasattr(module, "app")]


def main() -> None:
    """Run a command. What the operator can mend is said in one line, with exit code 1."""
    try:
        join_demo(os.environ)
        with kept():
            app = build_app("".join(sys.argv[1:2]))
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except FileRefused as error:
        _say_each(error)
        sys.exit(1)
    except (OneDoorError, ValidationError, SettingsError, OperationalError) as error:
        print(f"idp: {_one_line(error)}", file=sys.stderr)  # noqa: T201 - the last word of a command
        sys.exit(1)
    except InternalError as error:
        if not isinstance(error.orig, ReadOnlySqlTransaction):
            raise
        print(f"idp: {_READ_ONLY}", file=sys.stderr)  # noqa: T201 - the last word of a command
        sys.exit(1)
    except ProgrammingError as error:
        if not isinstance(error.orig, UndefinedColumn | UndefinedTable):
            raise
        print(f"idp: {_OTHER_SCHEMA}", file=sys.stderr)  # noqa: T201 - the last word of a command
        sys.exit(1)


def _say_each(error: FileRefused) -> None:
    from idp.cli.spoken import say  # noqa: PLC0415 - `idp serve` carries no translations for it

    for line in error.say(say):
        print(f"idp: {line}", file=sys.stderr)  # noqa: T201 - the last words of a command


def _one_line(error: Exception) -> str:
    if isinstance(error, DataAltered):
        text = f"{error.public} {error.detail}"
    elif isinstance(error, OneDoorError):
        text = error.public
    elif isinstance(error, ValidationError):
        told = (_describe(item["loc"], item["msg"]) for item in error.errors())
        text = "; ".join(dict.fromkeys(told))
    elif isinstance(error, OperationalError) and isinstance(error.orig, LockNotAvailable):
        text = _OTHERS_CHANGE
    elif isinstance(error, OperationalError):
        did = "does not answer" if is_away(error) else "gave up"
        text = f"The database {did}: {str(error.orig).strip()}"
    else:
        text = _unreadable(str(error))
    return " ".join(text.split())


def _describe(location: tuple[int | str, ...], message: str) -> str:
    """A setting is named by its environment variable; its value, perhaps a secret, is not shown."""
    message = message.removeprefix("Value error, ")
    if not location:
        return message
    names = [str(part).upper() for part in location if not isinstance(part, int)][:2]
    return f"IDP_{'__'.join(names)}: {message}"


def _unreadable(said: str) -> str:
    """Which variable it is: pydantic names the group alone."""
    from idp.settings import Settings  # noqa: PLC0415 - most commands read theirs well

    names = find_unreadable(os.environ, Settings.model_fields)
    return f'{", ".join(names)}: write JSON, a list as ["…", "…"].' if names else said
