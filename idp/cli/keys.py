"""`idp keys`: the provider's signing keys."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from idp.cli.database import serving_engine, unit_of_work
from idp.cli.output import JsonOption, Row, show
from idp.cli.who import AsOption, acting, name_operator
from idp.keys.creation import ALGORITHMS
from idp.keys.operations import list_keys, remove_key, retire_key
from idp.keys.reencryption import Progress
from idp.keys.reencryption import reencrypt as renew
from idp.keys.rotation import rotate_key
from idp.keys.schedule import schedule_of
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.kit.errors import InvalidInput
from idp.schema import metadata
from idp.settings import Settings

app = typer.Typer(name="keys", help="The provider's signing keys.", no_args_is_help=True)

_TOLD_EVERY = 50_000
"""Rows of a table between two lines about it."""

KidArgument = Annotated[
    str,
    typer.Argument(
        help="The key's id, as `idp keys list` shows it; after -- if it begins with a hyphen."
    ),
]


@app.command("list")
def list_(*, json: JsonOption = False) -> None:
    """List every key, oldest first: what it does, and when."""
    settings = Settings()
    with unit_of_work(settings) as db:
        rows = _rows(db, settings.secrets.keyring())
    show(rows, as_json=json, title="Signing keys")


@app.command()
def rotate(
    *,
    alg: Annotated[str, typer.Option(help="Only the key of this algorithm.")] = "",
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Publish successors; they sign when everybody has seen them.

    Nodes do this by themselves every IDP_KEYS__ROTATE_EVERY.
    """
    if alg and alg not in ALGORITHMS:
        raise InvalidInput(f"The algorithms are {', '.join(ALGORITHMS)}.", field="alg")
    settings = Settings()
    keyring, schedule = settings.secrets.keyring(), schedule_of(settings)
    with acting(settings, by) as command:
        made = [
            rotate_key(command.db, alg=name, keyring=keyring, schedule=schedule)
            for name in ([alg] if alg else ALGORITHMS)
        ]
        if not any(made):
            raise InvalidInput("No key signs that has no successor yet: see `idp keys list`.")
        rows = _rows(command.db, keyring, [kid for kid in made if kid])
    show(rows, as_json=json, title="Published")


@app.command()
def retire(
    kid: KidArgument,
    *,
    now: Annotated[
        bool, typer.Option("--now", help="The key is not safe: remove it, refuse all it signed.")
    ] = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Have one key succeeded in good order, or remove it at once. Prints the keys there are."""
    settings = Settings()
    keyring = settings.secrets.keyring()
    with acting(settings, by) as command:
        if now:
            remove_key(command.db, kid=kid, keyring=keyring)
        else:
            retire_key(command.db, kid=kid, keyring=keyring, schedule=schedule_of(settings))
        rows = _rows(command.db, keyring)
    show(rows, as_json=json, title="Signing keys")


@app.command()
def reencrypt(*, by: AsOption = "", json: JsonOption = False) -> None:
    """Bring all that is encrypted, and what it is found by, under the newest secrets.

    Those are the first of IDP_SECRETS__ENCRYPTION_KEYS and IDP_SECRETS__LOOKUP_KEY, which every
    node has to have by then. Nodes serve meanwhile; interrupted, it goes on where it was.
    """
    settings = Settings()
    keyring = settings.secrets.keyring()
    with serving_engine(settings) as engine:
        with transaction(engine) as db:
            _, actor = name_operator(db, settings, by)
        renewed = renew(engine, metadata, keyring=keyring, report=_report, actor=actor)
    show({"reencrypted": renewed}, as_json=json)


def _report(progress: Progress) -> None:
    if progress.last is None or progress.seen % _TOLD_EVERY == 0:
        typer.echo(f"{progress.table}: {progress.renewed} of {progress.seen} renewed", err=True)


def _rows(db: Session, keyring: Keyring, kids: Sequence[str] | None = None) -> list[Row]:
    db.expire_all()
    keys = list_keys(db, keyring=keyring)
    return [asdict(key) for key in keys if kids is None or key.kid in kids]
