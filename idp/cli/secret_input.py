"""How a command is given a secret: never by its command line, which every process here may read."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from idp.kit.errors import InvalidInput

PASSWORD_VARIABLE = "IDP_PERSON_PASSWORD"
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        help=f"A file that holds the password, or - for standard input; else {PASSWORD_VARIABLE}.",
    ),
]


def read_password(file: Path | None) -> str:
    """What the file or the variable holds, without the end of its line; empty when neither does.

    Raises InvalidInput for a file that cannot be read.
    """
    if file is None:
        return os.environ.get(PASSWORD_VARIABLE, "")
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} cannot be read.", field="password") from error
    return text.removesuffix("\n").removesuffix("\r")


def ask_password(file: Path | None) -> str:
    """The same; where neither holds one, whoever sits at the terminal is asked twice.

    Raises InvalidInput when nobody does, too.
    """
    if given := read_password(file):
        return given
    if not sys.stdin.isatty():
        raise InvalidInput(
            f"Give the password by --password-file FILE (- is standard input) or in "
            f"{PASSWORD_VARIABLE}, or give the command at a terminal, to be asked.",
            field="password",
        )
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
