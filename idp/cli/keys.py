"""`idp keys`: the provider's signing keys."""

import typer

from idp.cli.database import connected
from idp.cli.output import JsonOption, show
from idp.keys.lookup import list_keys
from idp.kit.db import make_engine, transaction
from idp.settings import Settings

app = typer.Typer(name="keys", help="Signing keys.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `list` a command of its own."""


@app.command("list")
def list_(*, json: JsonOption = False) -> None:
    """Every key, oldest first: what is published, what signs, what only verifies."""
    with connected(Settings()) as settings:
        engine = make_engine(settings.database.url, pool_size=1)
        with transaction(engine) as db:
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
        engine.dispose()
    show(rows, as_json=json, title="Signing keys")
