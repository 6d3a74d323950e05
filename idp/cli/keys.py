"""`idp keys`: the provider's signing keys."""

import typer

from idp.cli.database import serving_engine
from idp.cli.output import JsonOption, show
from idp.keys.lookup import list_keys
from idp.kit.db import transaction
from idp.settings import Settings

app = typer.Typer(name="keys", help="The provider's signing keys.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `list` a command of its own while it is the only one."""


@app.command("list")
def list_(*, json: JsonOption = False) -> None:
    """List every key, oldest first.

    What is published, what signs, what only verifies.
    """
    with serving_engine(Settings()) as engine, transaction(engine) as db:
        rows = [
            {
                "kid": key.kid,
                "alg": key.alg,
                "state": key.state.value,
                "created_at": key.created_at,
                "signing_at": key.signing_at,
                "retired_at": key.retired_at,
            }
            for key in list_keys(db)
        ]
    show(rows, as_json=json, title="Signing keys")
